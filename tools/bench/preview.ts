import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { withSeeded } from "./change";
import { median, missed, type Result, round } from "./figures";
import type { SeedFormat } from "./generate-entries";
import type { Options } from "./options";
import { ProviderProcess, sourceAsset } from "./provider-process";

const root = join(__dirname, "..", "..", "..");
const unchangedBar = 0.2;
const changedBar = 6;

/** Check and Diff of a large set, against reading its source and parsing all of it. */
export async function preview(options: Options): Promise<Result> {
  const { entries, keys, valueBytes, format, runs } = options;
  return withSeeded({ ...options, changed: 1 }, 0, async (set, files, emulator) => {
    const unchanged: number[] = [];
    const changed: number[] = [];
    const baseline: number[] = [];
    const plan = async (path: string) => {
      const source = sourceAsset(path, format);
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
      baseline.push(readAndParse(files.first, format));
      unchanged.push(await plan(files.first));
      changed.push(await plan(files.second));
    }
    const [base, same, one] = [median(baseline), median(unchanged), median(changed)];
    return {
      case: "preview",
      options: { entries, keys, valueBytes, format, runs },
      ours: { seconds: round(one), unchangedSeconds: round(same), unchangedRatio: round(same / base) },
      baseline: { seconds: round(base) },
      ratio: round(one / base),
      ratioOf: "seconds",
      // The others are read at once, not streamed, by what is beside them.
      misses:
        format === "ndjson"
          ? [
              ...missed("an unchanged file, in readings of it,", same / base, unchangedBar),
              ...missed("one changed line, in readings of the file,", one / base, changedBar),
            ]
          : [],
    };
  });
}

/** In seconds, by a process that is as fresh as the provider's. */
function readAndParse(path: string, format: SeedFormat): number {
  const script = join(root, "tools", "bench", "read-source.mjs");
  return Number(execFileSync(process.execPath, [script, path, format], { encoding: "utf8" }));
}
