import { Result } from "./result";
import { runSeed } from "./run";
import type { Sabotage } from "./sabotage";

export interface ChaosOptions {
  readonly runs: number;
  /** Of the first run; the next has the next. */
  readonly seed: number;
  /** How many runs go at a time: most of their time they wait. */
  readonly parallel: number;
  readonly sabotage?: Sabotage | undefined;
  /** Told of each run as it ends. */
  readonly onResult?: (result: Result) => void;
}

/** Runs the seeds, and sums up. */
export async function chaos({ runs, seed, parallel, sabotage, onResult }: ChaosOptions): Promise<Result> {
  const results: Result[] = [];
  let next = seed;
  const work = async () => {
    while (next < seed + runs) {
      const result = await runSeed(next++, sabotage);
      onResult?.(result);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return Result.sum(seed, results);
}
