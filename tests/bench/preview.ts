import { readFileSync } from "node:fs";
import { withSeeded } from "./change";
import { median, missed, type Result, round } from "./figures";
import type { Options } from "./options";
import { fileAsset, ProviderProcess, timed } from "./provider-process";

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
      const [seconds] = await timed(async () => {
        const inputs = await provider.check(set.inputs, { namespaceId: set.namespaceId, source });
        await provider.diff(set.id, set.outs, inputs);
      });
      await provider.end();
      return seconds;
    };
    for (let run = 0; run < runs; run++) {
      const [seconds] = await timed(async () => readAndParse(files.first));
      baseline.push(seconds);
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

function readAndParse(file: string): unknown[] {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}
