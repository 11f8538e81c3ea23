import { execFileSync } from "node:child_process";
import { withSeeded } from "./change";
import { median, missed, type Result, round } from "./figures";
import type { Options } from "./options";
import { fileAsset, ProviderProcess } from "./provider-process";

const unchangedBar = 0.2;
const changedBar = 6;

/** Check and Diff of a large set, against reading its file and parsing each line of it. */
export async function preview(options: Options): Promise<Result> {
  const { entries, keys, valueBytes, runs } = options;
  return withSeeded({ ...options, changed: 1 }, 0, async (set, files, emulator) => {
    const unchanged: number[] = [];
    const changed: number[] = [];
    const baseline: number[] = [];
    const plan = async (path: string) => {
      const source = fileAsset(path);
      const provider = await ProviderProcess.start(emulator.url);
      // What the first resource of a program loads is the start's, and not this set's.
      const empty = await provider.check({}, { namespaceId: set.namespaceId, values: {} });
      await provider.diff(set.id, empty.answer, empty.answer);
      const checked = await provider.check(set.inputs, { namespaceId: set.namespaceId, source });
      const { seconds } = await provider.diff(set.id, set.outs, checked.answer);
      await provider.end();
      return checked.seconds + seconds;
    };
    for (let run = 0; run < runs; run++) {
      baseline.push(readAndParse(files.first));
      unchanged.push(await plan(files.first));
      changed.push(await plan(files.second));
    }
    const [base, same, one] = [median(baseline), median(unchanged), median(changed)];
    return {
      case: "preview",
      options: { entries, keys, valueBytes, runs },
      ours: { seconds: round(one), unchangedSeconds: round(same), unchangedRatio: round(same / base) },
      baseline: { seconds: round(base) },
      ratio: round(one / base),
      ratioOf: "seconds",
      misses: [
        ...missed("an unchanged file, in readings of it,", same / base, unchangedBar),
        ...missed("one changed line, in readings of the file,", one / base, changedBar),
      ],
    };
  });
}

/** Line by line, as one reads NDJSON that may be large. */
const script = `
const { createReadStream } = require("node:fs");
const { createInterface } = require("node:readline");
const startedAt = performance.now();
const lines = createInterface({ input: createReadStream(process.argv[1]) });
const entries = [];
lines.on("line", (line) => entries.push(JSON.parse(line)));
lines.on("close", () => console.log((performance.now() - startedAt) / 1000));`;

/** In seconds, by a process that is as fresh as the provider's. */
function readAndParse(file: string): number {
  return Number(execFileSync(process.execPath, ["-e", script, file], { encoding: "utf8" }));
}
