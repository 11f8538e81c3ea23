import { withSeeded } from "./change";
import { median, missed, type Result, round } from "./figures";
import type { Options } from "./options";
import { ProviderProcess } from "./provider-process";

const latencyMs = 200;

/** A refresh that compares every value, against one request for each key. */
export async function refresh(options: Options): Promise<Result> {
  const { entries, keys, valueBytes, runs } = options;
  return withSeeded(options, latencyMs, async (set, _, emulator) => {
    const seconds: number[] = [];
    const requests: number[] = [];
    for (let run = 0; run < runs; run++) {
      const provider = await ProviderProcess.start(emulator.url);
      const { seconds: took } = await provider.read(set.id, { ...set.outs, driftDetection: "values" });
      await provider.end();
      seconds.push(took);
      requests.push((await emulator.takeLog()).length);
    }
    return {
      case: "refresh",
      options: { entries, keys, valueBytes, runs, latencyMs },
      ours: { seconds: round(median(seconds)), requests: median(requests) },
      baseline: { requests: entries },
      ratio: round(median(requests) / entries),
      ratioOf: "requests",
      misses: missed("requests", median(requests), Math.ceil((111 * entries) / 10_000)),
    };
  });
}
