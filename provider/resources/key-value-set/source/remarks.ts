import { quoted } from "../../../kv/quote";
import { counted, countedEntries, grouped } from "../format";

/** What may be shown of a name in a file: anything else may be a value in the wrong place. */
const word = /^[A-Za-z_]{1,20}$/;
const mostNames = 10;

/** What was found that is no problem, but may not be what was meant. Each kind is one sentence with a count. */
export class Remarks {
  readonly #input: string;
  readonly #hidesNames: boolean;
  readonly #unknownMembers = new Map<string, number>();
  #withBothTimes = 0;
  #missingKeys = 0;
  #entriesAsValues = 0;
  #repeated = 0;
  #withMark = 0;
  #entryFiles = 0;
  #leftOut: readonly string[] = [];
  readonly #unmatched: string[] = [];
  #withPrefix: readonly [key: string, count: number] | undefined;

  /**
   * @param input where it was found.
   * @param hidesNames True for what stands in a secret source.
   */
  constructor(input = "source", hidesNames = false) {
    this.#input = input;
    this.#hidesNames = hidesNames;
  }

  /** A member of an entry, or a column, that means nothing to this provider. */
  unknownMember(name: string): void {
    const shown = word.test(name) && !this.#hidesNames ? name : "…";
    this.#unknownMembers.set(shown, (this.#unknownMembers.get(shown) ?? 0) + 1);
  }

  bothTimes(): void {
    this.#withBothTimes++;
  }

  /** Files of an archive that are not taken. */
  leftOut(names: readonly string[]): void {
    this.#leftOut = names;
  }

  /** Globs, each with the name of its input, that no file has matched. */
  unmatched(globs: readonly string[]): void {
    this.#unmatched.push(...globs);
  }

  /** All keys begin with the prefix that is put before them; this is how the first of them is stored. */
  prefixTwice(key: string, count: number): void {
    this.#withPrefix = [key, count];
  }

  /** A map has null for a key that was not there. */
  missingKey(): void {
    this.#missingKeys++;
  }

  /** What looks like an entry in a map is stored as JSON, as was asked for. */
  entryAsValue(): void {
    this.#entriesAsValues++;
  }

  /** The same key a second time, with the same of everything. */
  repeated(): void {
    this.#repeated++;
  }

  /** A file of a directory whose bytes, mark and all, are a value. */
  byteOrderMark(): void {
    this.#withMark++;
  }

  /** Each file of a directory holds entries, and is a value all the same. */
  onlyEntryFiles(count: number): void {
    this.#entryFiles = count;
  }

  /** What is said, and is no warning. */
  notices(): string[] {
    const count = this.#leftOut.length;
    if (count === 0) return [];
    const names = this.#leftOut.slice(0, mostNames).map(quoted).join(", ");
    const more = count > mostNames ? ` and ${grouped(count - mostNames)} more` : "";
    const line = `${this.#input}: ${counted(count, "file")} ${count === 1 ? "is" : "are"} left out`;
    return [this.#hidesNames ? line : `${line}: ${names}${more}`];
  }

  sentences(): string[] {
    const names = [...this.#unknownMembers.keys()].slice(0, mostNames).join(", ");
    const more = this.#unknownMembers.size - mostNames;
    const times = [...this.#unknownMembers.values()].reduce((sum, count) => sum + count, 0);
    const found = [
      names !== "" &&
        `unknown members of entries are left out, ${grouped(times)} in all: ${names}${more > 0 ? ` and ${more} more` : ""}`,
      this.#withBothTimes > 0 &&
        `${counted(this.#withBothTimes, "time")} an expiration stands beside a time to live, which counts`,
      this.#missingKeys > 0 &&
        `${counted(this.#missingKeys, "key")} with null in place of a value: there is nothing to write`,
      this.#entriesAsValues > 0 &&
        `${counted(this.#entriesAsValues, "member")} ${this.#entriesAsValues === 1 ? "looks like an entry" : "look like entries"}: ` +
          "with jsonValues the whole object is stored",
      this.#repeated > 0 &&
        `${countedEntries(this.#repeated)} ${this.#repeated === 1 ? "stands" : "stand"} there a second time, all the same: one of each is written`,
      this.#withMark > 0 && `${counted(this.#withMark, "file")} with a byte order mark, which is a part of the value`,
      this.#entryFiles > 0 &&
        `each of the ${counted(this.#entryFiles, "file")} holds entries, and becomes one value: format: "entries" would read them`,
      ...this.#unmatched.slice(0, mostNames).map((glob) => `${glob} matches no file`),
      this.#withPrefix && this.#prefixSentence(...this.#withPrefix),
    ];
    return found.filter((sentence) => typeof sentence === "string").map((sentence) => `${this.#input}: ${sentence}`);
  }

  #prefixSentence(key: string, count: number): string {
    const example = this.#hidesNames ? "" : `, as in ${quoted(key)}`;
    return (
      `${count === 1 ? "the key begins" : `all ${grouped(count)} keys begin`} with the keyPrefix already, which is put ` +
      `before it once more${example}: keysIncludePrefix: true would take them as they are`
    );
  }
}
