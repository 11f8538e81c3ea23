import { describeKind, isUnknown } from "../../../pulumi/validate";
import {
  type Batch,
  type DeclaredEntry,
  isRawEntry,
  type Problem,
  type RawEntry,
  toEntry,
  validateEntry,
} from "./declared-entry";

/** Words a problem of the entry at this position; an empty member stands for the whole entry. */
export type ProblemAt = (position: number, member: string, reason: string) => Problem;

/** Takes what was read, keeps what is good, and says what is wrong with the rest. */
export class EntryCollector {
  readonly #problemAt: ProblemAt;
  readonly #keyPrefix: string | undefined;
  #entries: DeclaredEntry[] = [];
  #problems: Problem[] = [];

  /** The limits of a key are those of the key with the prefix; while that is unknown only a key's kind is checked. */
  constructor(problemAt: ProblemAt, keyPrefix = "") {
    this.#problemAt = problemAt;
    this.#keyPrefix = isUnknown(keyPrefix) ? undefined : keyPrefix;
  }

  /** @param json the text that it was parsed from. */
  add(raw: unknown, position: number, json?: string): void {
    if (!isRawEntry(raw)) this.report(position, "", `must be an object, not ${describeKind(raw)}`);
    else if (this.validate(raw, position, json)) this.#entries.push(toEntry(raw, position));
  }

  /** Says what is wrong, and whether nothing is. */
  validate(raw: RawEntry, position: number, json?: string): boolean {
    const known = this.#problems.length;
    validateEntry(raw, this.#keyPrefix, (member, reason) => this.report(position, member, reason), json);
    return this.#problems.length === known;
  }

  report(position: number, member: string, reason: string): void {
    this.#problems.push(this.#problemAt(position, member, reason));
  }

  refuse(place: string, reason: string): void {
    this.#problems.push({ place, reason });
  }

  /** What came together since the last time. */
  drain(): Batch {
    const batch = { entries: this.#entries, problems: this.#problems };
    this.#entries = [];
    this.#problems = [];
    return batch;
  }
}
