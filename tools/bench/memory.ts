import { missed, type Result, round } from "./figures";
import { createLargeValues } from "./large-creates";

const count = 50;
const valueMiB = 25;
const rssBarMiB = 1024;

/** Fifty keys at once, each with the largest value, against one of them alone. */
export async function memory(): Promise<Result> {
  const one = await createLargeValues(1, valueMiB << 20);
  const all = await createLargeValues(count, valueMiB << 20);
  const failed = all.statuses.filter((status) => status !== 0).length;
  return {
    case: "memory",
    options: { count, valueMiB },
    ours: { seconds: round(all.seconds), rssMiB: all.peakMiB },
    baseline: { seconds: round(one.seconds), rssMiB: one.peakMiB },
    ratio: round(all.peakMiB / one.peakMiB),
    ratioOf: "rssMiB",
    misses: [...missed("rssMiB", all.peakMiB, rssBarMiB), ...missed("calls that failed", failed, 0)],
  };
}
