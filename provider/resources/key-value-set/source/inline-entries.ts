import { limits } from "../../../kv/limits";
import { describeKind, hasUnknown, isAbsent, isUnknown } from "../../../pulumi/validate";
import {
  type Batch,
  EntryCollector,
  type EntryRules,
  isMember,
  isRawEntry,
  type Problem,
  type RawEntry,
} from "./declared-entry";
import { Remarks } from "./remarks";

/** An entry of which the key is known, but not all of the rest. */
export interface UnknownEntry {
  readonly position: number;
  /** Without the set's prefix. */
  readonly key: string;
  /** Seconds from the write, as far as they are known; 0 where it has another time, undefined where it has none. */
  readonly expirationTtl?: number | undefined;
}

/** What may be declared of which not even the keys are known yet. */
export interface UnknownKeys {
  /** How many entries, where they can be counted. */
  readonly entries: number;
  /** Inputs that may hold any number of them. */
  readonly inputs: readonly string[];
}

export const noUnknownKeys: UnknownKeys = { entries: 0, inputs: [] };

export interface InlineBatch extends Batch {
  readonly unknowns: readonly UnknownEntry[];
  readonly unknownKeys: UnknownKeys;
}

/** What a set's inputs `values` and `entries` declare. */
export class InlineEntries {
  readonly #values: unknown;
  readonly #entries: unknown;
  /** The keys of `values`; their positions come first. */
  readonly #names: readonly string[];
  readonly #collector: EntryCollector;
  readonly #rules: EntryRules;
  readonly #remarks: Remarks;
  readonly #hidesKeys: boolean;
  #unknowns: UnknownEntry[] = [];
  #unknownInputs: string[] = [];
  #unknownKeyCount = 0;

  /**
   * @param hidesKeys True where places must not name a key.
   * @param remarks Takes what there is to say of `values` that is no problem.
   */
  constructor(values: unknown, entries: unknown, rules: EntryRules = {}, hidesKeys = false, remarks = new Remarks()) {
    this.#rules = rules;
    this.#remarks = remarks;
    this.#hidesKeys = hidesKeys;
    this.#values = values;
    this.#entries = entries;
    this.#names = isRawEntry(values) ? Object.keys(values) : [];
    this.#collector = new EntryCollector((...problem) => this.#problemAt(...problem), rules);
  }

  /** Checks everything that is known. */
  batch(): InlineBatch {
    this.#unknowns = [];
    this.#unknownInputs = [];
    this.#unknownKeyCount = 0;
    if (!isAbsent(this.#values)) this.#readValues(this.#values);
    if (!isAbsent(this.#entries)) this.#readEntries(this.#entries);
    const unknownKeys = { entries: this.#unknownKeyCount, inputs: this.#unknownInputs };
    return { ...this.#collector.drain(), unknowns: this.#unknowns, unknownKeys };
  }

  /** `values["key"]` or `entries[2]`. */
  place(position: number): string {
    const name = this.#names[position];
    if (name === undefined) return `entries[${position - this.#names.length}]`;
    if (this.#hidesKeys) return `values, entry ${position + 1}`;
    const shown = name.length > limits.maxKeyBytes ? `${name.slice(0, limits.maxKeyBytes)}…` : name;
    return `values["${shown.replaceAll('"', '\\"')}"]`;
  }

  #problemAt(position: number, member: string, reason: string): Problem {
    const place = this.place(position);
    if (position < this.#names.length) return { place, reason: member === "key" ? `key ${reason}` : reason };
    return { place: member === "" ? place : `${place}.${member}`, reason };
  }

  #readValues(values: unknown): void {
    if (isUnknown(values)) this.#unknownInputs.push("values");
    else if (!isRawEntry(values)) this.#refuseKind("values", "a map", values);
    else for (const [at, [key, value]] of Object.entries(values).entries()) this.#readValue(key, value, at);
  }

  #readValue(key: string, value: unknown, position: number): void {
    if (hasUnknown(value)) {
      if (this.#collector.check({ key, value: "" }, position)) this.#unknowns.push({ position, key });
    } else if (value === null && this.#rules.jsonValues !== true) this.#remarks.missingKey();
    else this.#collector.add({ key, value }, position);
  }

  #readEntries(entries: unknown): void {
    if (isUnknown(entries)) this.#unknownInputs.push("entries");
    else if (!Array.isArray(entries)) this.#refuseKind("entries", "a list", entries);
    else for (const [at, entry] of entries.entries()) this.#readEntry(entry, this.#names.length + at);
  }

  #readEntry(entry: unknown, position: number): void {
    if (isUnknown(entry)) this.#unknownKeyCount++;
    else if (isRawEntry(entry) && hasUnknown(entry)) this.#readUnknown(entry, position);
    else this.#collector.add(entry, position);
  }

  #refuseKind(place: string, expected: string, found: unknown): void {
    this.#collector.refuse(place, `must be ${expected}, not ${describeKind(found)}`);
  }

  #readUnknown(entry: RawEntry, position: number): void {
    if (!this.#collector.check(standIn(entry), position)) return;
    const { key } = entry;
    if (typeof key === "string" && !isUnknown(key)) this.#unknowns.push({ position, key, ...knownTtl(entry) });
    else this.#unknownKeyCount++;
  }
}

/** A good entry wherever something unknown may turn out good. */
function standIn(entry: RawEntry): RawEntry {
  const known: RawEntry = Object.fromEntries(
    Object.entries(entry).filter(([name, value]) => !(isMember(name) && hasUnknown(value))),
  );
  return {
    ...(hasUnknown(entry.key) ? { key: "unknown" } : {}),
    ...(valueForms.some((form) => hasUnknown(entry[form])) ? standInValue(known) : {}),
    ...known,
  };
}

function knownTtl({ expiration, expirationTtl, expiration_ttl: snakeTtl }: RawEntry) {
  const ttl = expirationTtl ?? snakeTtl;
  if (typeof ttl === "number") return { expirationTtl: ttl };
  return isAbsent(ttl) && isAbsent(expiration) ? {} : { expirationTtl: 0 };
}

const valueForms = ["value", "valueBase64", "valueJson"] as const;

function standInValue(known: RawEntry): RawEntry {
  return valueForms.every((form) => isAbsent(known[form])) ? { value: "" } : {};
}
