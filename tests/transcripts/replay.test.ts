import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Door } from "../../tools/stack/stack";
import { stopFakeEngines } from "../../tools/transcripts/fake-engine";
import { replay } from "../../tools/transcripts/replay";
import {
  fileNameOf,
  readTranscript,
  recorded,
  type Transcript,
  type TranscriptEvent,
} from "../../tools/transcripts/transcript";

afterEach(stopFakeEngines);

test("the transcripts of every subject are replayed", () => {
  const subjects = new Set(recorded().map((file) => file.split("/")[0]));
  for (const subject of subjects) expect(existsSync(join(__dirname, `${subject}.test.js`))).toBe(true);
});

/** Nobody declares anything: a provider without claims. */
test.each<Door>(["dynamic", "plugin"])(
  "a replay through the %s door fails when a delete is not skipped",
  async (door) => {
    const transcript = readTranscript(
      fileNameOf("ownership", "deleteBeforeReplace true with a create that fails", door),
    );
    const today = await replay(withoutChecks(transcript));
    expect(keysAfterEach(transcript)).toEqual([["a"], ["a"], ["a"], ["a"], []]);
    expect(keysAfterEach(today)).toEqual([["a"], [], ["a"], ["a"], []]);
  },
);

test("a transcript tells nothing of the machine it was recorded on", () => {
  const telling = /127\.0\.0\.1|localhost|"\/|file:|\b(?!04da6b54)[0-9a-f]{8}-[0-9a-f]{4}/g;
  for (const file of recorded()) {
    const found = JSON.stringify(readTranscript(file)).match(telling);
    expect({ file, found }).toEqual({ file, found: null });
  }
});

function withoutChecks(transcript: Transcript): Transcript {
  const events = transcript.events.map((event): TranscriptEvent => {
    if (!("calls" in event)) return event;
    return { ...event, calls: event.calls.filter(({ method }) => method !== "Check") };
  });
  return { ...transcript, events };
}

function keysAfterEach({ events }: Transcript): string[][] {
  return events.flatMap((event) => ("store" in event ? [event.store.flatMap(({ keys }) => Object.keys(keys))] : []));
}
