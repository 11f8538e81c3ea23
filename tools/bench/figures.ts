/** What one way of doing the job cost; medians of the runs. */
export interface Figures {
  readonly seconds?: number;
  readonly requests?: number | Readonly<Record<string, number>>;
  readonly bytes?: number;
  readonly rssMiB?: number;
  /** Further figures of a case, by name. */
  readonly [name: string]: number | Readonly<Record<string, number>> | undefined;
}

/** One measured case, as `--json` prints it. */
export interface Result {
  readonly case: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly ours: Figures;
  readonly baseline: Figures;
  /** Another tool that does the same job, where it was asked for. */
  readonly peer?: Figures;
  /** `ours` divided by `baseline`, in the figure named by `ratioOf`. */
  readonly ratio: number;
  readonly ratioOf: string;
  /** Why the case misses its bar; empty when it does not. */
  readonly misses: readonly string[];
}

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The sentence of a bar that was missed, or none. */
export function missed(what: string, figure: number, bar: number): string[] {
  return figure <= bar ? [] : [`${what} is ${round(figure)}, at most ${bar} is allowed`];
}

export function round(figure: number): number {
  return Number(figure.toPrecision(3));
}

export function rounded(figures: Readonly<Record<string, number>>): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, round(figure)]));
}
