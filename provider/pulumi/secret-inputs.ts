/** One step of a property's path: a name, or an index. */
export type PathStep = string | number;

/**
 * Which inputs are secret, as paths such as `key`, `values.*` and `entries.*.value`: a star stands for any index, and
 * for any name that a program has chosen. So a few paths say enough of a set of whatever size, and name nothing.
 */
export class SecretInputs {
  static readonly none = new SecretInputs([]);
  readonly #paths: ReadonlySet<string>;

  constructor(paths: Iterable<string>) {
    this.#paths = new Set(paths);
  }

  /** True where all that stands at this path is secret. */
  covers(path: string): boolean {
    const steps = path.split(".");
    return steps.some((_, index) => this.#paths.has(steps.slice(0, index + 1).join(".")));
  }

  /** True where any part of what stands at this path is secret. */
  touches(path: string): boolean {
    return this.covers(path) || [...this.#paths].some((other) => other.startsWith(`${path}.`));
  }

  /** How many levels of members may be named of what stands at this path: below a secret, names are secret too. */
  openLevels(path: string): number {
    const paths = Array.from({ length: mostLevels }, (_, level) => path + ".*".repeat(level));
    const closed = paths.findIndex((deeper) => this.covers(deeper));
    return closed < 0 ? Number.POSITIVE_INFINITY : closed;
  }
}

/** Deeper than anybody nests, and names are hidden all the same. */
const mostLevels = 32;

export type Path = readonly PathStep[];

/** Where the texts, numbers and booleans of a value stand: each can be marked as a secret, and names stay readable. */
export function leavesOf(value: unknown, path: Path): Path[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object") return [path];
  const members: [PathStep, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return members.length === 0 ? [path] : members.flatMap(([step, member]) => leavesOf(member, [...path, step]));
}

/** What is known of a secret at these steps. */
export function secretPath(steps: Path): string {
  const isMemberOfItem = (index: number) => index === 2 && typeof steps[1] === "number";
  return steps.map((step, index) => (index === 0 || isMemberOfItem(index) ? String(step) : "*")).join(".");
}
