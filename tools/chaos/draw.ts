import { type Entry, type Expiry, entriesOf, type Program, type Server, type SetDeclaration } from "./program";
import type { Random } from "./random";

/** Not those of strangers, and with all that has to be encoded. */
const prefixes = ["", "a/", "b/"] as const;
const suffixes = ["0", "1", "2", "3", "4", "5 %2F?#", "6/é", '7"\\', "8", "9\n"];
const laterThanTests = 2_100_000_000;
/** Times to live differ by more than a run takes. */
const daySeconds = 86_400;

/** Draws the parts of programs; names are never used again. */
export class Draw {
  #count = 0;

  constructor(
    readonly random: Random,
    /** In every value, so that it can be searched for. */
    readonly sentinel: string,
    /** Serves what is new. */
    public server: Server = "plugin",
    /** Sets its names apart from those that are drawn elsewhere. */
    private readonly prefix = "",
  ) {}

  /** Where a new resource stands. */
  place(): { readonly server: Server; readonly isChild: boolean } {
    return { server: this.server, isChild: this.random.chance(0.2) };
  }

  name(what: string): string {
    this.#count++;
    return `${this.prefix}${what}-${this.#count}`;
  }

  entry(): Entry {
    const { random } = this;
    this.#count++;
    return {
      value: `${this.sentinel}.${this.#count}`,
      isBinary: random.chance(0.2),
      ...(random.chance(0.3) && { metadata: `${this.sentinel}:${this.#count}` }),
      ...(random.chance(0.3) && { expires: this.#expiry() }),
    };
  }

  /** A change of one part, or of all. */
  changed(entry: Entry): Entry {
    const { value, metadata } = this.entry();
    const parts: readonly [Partial<Entry>, ...Partial<Entry>[]] = [
      { value },
      { metadata: metadata ?? `${value}:m` },
      { expires: this.#expiry() },
      { value, isBinary: !entry.isBinary },
      { metadata: undefined, expires: undefined },
    ];
    return { ...entry, ...this.random.oneOf(parts) };
  }

  /** A key below the prefix that nobody declares. */
  freeKey(program: Program, namespace: string, prefix: string = this.random.oneOf(prefixes)): string | undefined {
    const taken = entriesOf(program, namespace);
    return this.random.of(suffixes.map((suffix) => prefix + suffix).filter((key) => !taken.has(key)));
  }

  set(program: Program, namespace: string): SetDeclaration {
    const keyPrefix = this.random.oneOf(prefixes);
    const size = this.random.between(2, 6);
    let entries: Record<string, Entry> = {};
    for (let i = 0; i < size; i++) {
      const key = this.freeKey(program, namespace, keyPrefix || undefined);
      if (key !== undefined && !(key in entries)) entries = { ...entries, [key]: this.entry() };
    }
    const driftDetection = this.random.chance(0.5) ? "values" : "keys";
    const isFile = this.random.chance(0.3);
    return {
      name: this.name("set"),
      ...this.place(),
      namespace,
      keyPrefix,
      prune: "removed",
      driftDetection,
      isFile,
      entries,
    };
  }

  #expiry(): Expiry {
    return this.random.chance(0.5) ? { at: laterThanTests + this.#count } : { in: daySeconds * this.#count };
  }
}
