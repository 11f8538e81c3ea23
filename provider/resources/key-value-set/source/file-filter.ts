import { quoted } from "../../../kv/quote";

/** Files that nobody means as keys: what operating systems, editors and Git leave in a directory. */
export const defaultExclude = [
  "**/.DS_Store",
  "**/._*",
  "**/{Thumbs,ehthumbs}.db",
  "**/[Dd]esktop.ini",
  "**/.git/**",
  "**/*.sw[op]",
  "**/*~",
  "**/.#*",
  "**/#*#",
];

export type Matcher = (name: string) => boolean;

/** By picomatch, hidden files too; a name of a folder, with its slash, stands for all that is in it. */
export function matcherOf(globs: readonly string[]): Matcher {
  // Few sources need it, and it takes its time to load.
  const picomatch = require("picomatch") as typeof import("picomatch");
  return picomatch(
    globs.map((glob) => (glob.endsWith("/") ? `${glob}**` : glob)),
    { dot: true },
  );
}

/** Why these are no globs for paths below a root. */
export function globsProblem(globs: readonly unknown[]): string | undefined {
  for (const [index, glob] of globs.entries()) {
    if (typeof glob !== "string" || glob === "") return `must be a list of globs, and [${index}] is none`;
    if (/^(?:\/|\.\.\/)/.test(glob))
      return `has, at [${index}], a glob that matches nothing: names are paths below the archive's root`;
  }
  return undefined;
}

/** Which files of an archive are taken, by their paths below its root. */
export class FileFilter {
  readonly #included: readonly { readonly glob: string; readonly matches: Matcher }[] | undefined;
  readonly #matched = new Set<string>();
  readonly #isExcluded: Matcher;
  readonly #leftOut: string[] = [];

  constructor(include: readonly string[] | undefined, exclude: readonly string[] = defaultExclude) {
    this.#included = include?.map((glob) => ({ glob, matches: matcherOf([glob]) }));
    this.#isExcluded = exclude.length > 0 ? matcherOf(exclude) : () => false;
  }

  /** The files that were not taken. */
  get leftOut(): readonly string[] {
    return this.#leftOut;
  }

  excludes(name: string): boolean {
    return this.#isExcluded(name);
  }

  /** Of a file; what is not taken is remembered. */
  takes(name: string): boolean {
    const isTaken = this.#includes(name) && !this.#isExcluded(name);
    if (!isTaken) this.leaveOut(name);
    return isTaken;
  }

  /** What of `include` has matched nothing: there a typing error is likely. */
  get unmatched(): string[] {
    const globs = this.#included?.map(({ glob }) => glob) ?? [];
    return globs.filter((glob) => !this.#matched.has(glob)).map((glob) => `include: ${quoted(glob)}`);
  }

  #includes(name: string): boolean {
    if (!this.#included) return true;
    const matching = this.#included.filter(({ matches }) => matches(name));
    for (const { glob } of matching) this.#matched.add(glob);
    return matching.length > 0;
  }

  leaveOut(name: string): undefined {
    this.#leftOut.push(name);
  }
}
