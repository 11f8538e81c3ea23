import { stopFakeEngines } from "../../tools/transcripts/fake-engine";
import { replay } from "../../tools/transcripts/replay";
import { readTranscript, recorded } from "../../tools/transcripts/transcript";

/** Replays what the real engine has sent in the scenarios of a subject: a file of tests for each, to run side by side. */
export function replayAll(subject: string): void {
  afterEach(stopFakeEngines);
  test.each(recorded(subject).map((file) => [file, readTranscript(file)] as const))(
    "transcript/%s",
    async (_, transcript) => {
      expect(await replay(transcript)).toEqual(transcript);
    },
  );
}
