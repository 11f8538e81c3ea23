import { base64Problem, expirationProblem, expirationTtlProblem, keyProblem, textProblem } from "../../../kv/entry";
import { describeKind, isAbsent, isScalar, isUnknown, notTextReason } from "../../../pulumi/validate";
import { canonicalJson, jsonProblem, memberText } from "../../json";
import { metadataProblem } from "../../metadata";
import type { Remarks } from "./remarks";

/** An entry of a set as it is declared, in whatever form; it keeps all rules that do not depend on the time. */
export interface DeclaredEntry {
  /** Which one it is in its input, which can tell the place. */
  readonly position: number;
  /** Without the set's prefix, unless the keys include it. */
  readonly key: string;
  /** The text, or the bytes in base64. */
  readonly value: string;
  readonly base64: boolean;
  /** True where the text is JSON, of which white space and the order of members mean nothing. */
  readonly isJson: boolean;
  /** Undefined when there is none; never null. */
  readonly metadata?: unknown;
  /** Unix seconds. */
  readonly expiration?: number | undefined;
  /** Seconds from the write. */
  readonly expirationTtl?: number | undefined;
}

/** Something declared that cannot be used. */
export interface Problem {
  /** A property's path or a place in a file: `entries[2].metadata`, `seed.ndjson:812:36`, `assets/img/logo.png`. */
  readonly place: string;
  /** A sentence that can stand after the place. It never quotes a value. */
  readonly reason: string;
}

/** What one step of reading gives. */
export interface Batch {
  readonly entries: readonly DeclaredEntry[];
  readonly problems: readonly Problem[];
  /** Where the entry of this position stands, in place of what the source tells. */
  readonly place?: (position: number) => string;
}

/** An entry's members: ours, and those of wrangler's bulk files. */
const members = [
  "key",
  "value",
  "valueBase64",
  "valueJson",
  "base64",
  "metadata",
  "expiration",
  "expirationTtl",
  "expiration_ttl",
] as const;

/** What a set says of all its entries. */
export interface EntryRules {
  /** Counts in the limits of a key. While it is unknown, of a key only the kind is checked. */
  readonly keyPrefix?: string | undefined;
  /** True where each key begins with the prefix already. */
  readonly keysIncludePrefix?: boolean | undefined;
  /** True where a value that is no text is JSON. */
  readonly jsonValues?: boolean | undefined;
}

const memberNames: ReadonlySet<string> = new Set(members);
const known = `expected one of ${members.join(", ")}`;

/** What can be a misspelled name. Anything else may be a value that is in the wrong place, and is not shown. */
const word = /^[A-Za-z_]{1,20}$/;

export type RawEntry = { readonly [member in (typeof members)[number]]?: unknown };

/** Tells what is wrong with one member; an empty name stands for the whole entry. */
export type Report = (member: string, reason: string) => void;

export function isMember(name: string): boolean {
  return memberNames.has(name);
}

export function isRawEntry(raw: unknown): raw is RawEntry {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

/**
 * An entry of a file as wrangler and the API take it: unknown members mean nothing, a time to live comes before an
 * expiration, and base64 may have line breaks. What was left out is remarked.
 */
function asInFiles(raw: RawEntry, remarks: Remarks): RawEntry {
  const { value, valueBase64, expiration } = raw;
  const unknownNames = Object.keys(raw).filter((name) => !isMember(name));
  for (const name of unknownNames) remarks.unknownMember(name);
  const hasBoth = !isAbsent(expiration) && !isAbsent(raw.expirationTtl ?? raw.expiration_ttl);
  if (hasBoth) remarks.bothTimes();
  if (unknownNames.length === 0 && !hasBoth && !isEncoded(raw)) return raw;
  const known = Object.entries(raw).filter(([name]) => isMember(name));
  return {
    ...Object.fromEntries(known),
    ...(isEncoded(raw) && { value: withoutLineBreaks(value), valueBase64: withoutLineBreaks(valueBase64) }),
    ...(hasBoth && { expiration: undefined }),
  };
}

function withoutLineBreaks(base64: unknown): unknown {
  return typeof base64 === "string" ? base64.replaceAll(/[\r\n]/g, "") : base64;
}

/** A checked entry in its one form. */
function toEntry(raw: RawEntry, position: number, isJson: boolean): DeclaredEntry {
  return {
    position,
    key: raw.key as string,
    value: (raw.value ?? raw.valueBase64) as string,
    base64: isEncoded(raw),
    isJson,
    metadata: raw.metadata ?? undefined,
    expiration: (raw.expiration ?? undefined) as number | undefined,
    expirationTtl: (raw.expirationTtl ?? raw.expiration_ttl ?? undefined) as number | undefined,
  };
}

function validateMembers(raw: RawEntry, report: Report): void {
  const unknownNames = Object.keys(raw).filter((name) => !isMember(name));
  const words = unknownNames.filter((name) => word.test(name));
  for (const name of words) report(name, `is an unknown member; ${known}`);
  if (words.length < unknownNames.length) report("", `has an unknown member; ${known}`);
}

function isEncoded({ valueBase64, base64 }: RawEntry): boolean {
  return base64 === true || !isAbsent(valueBase64);
}

function keyReason(key: unknown, { keyPrefix = "", keysIncludePrefix = false }: EntryRules): string | undefined {
  const kind = kindReason(key, "string");
  if (kind !== undefined || isUnknown(keyPrefix) || isUnknown(keysIncludePrefix)) return kind;
  if (!keysIncludePrefix) {
    const problem = keyProblem(keyPrefix + key);
    return problem !== undefined && keyPrefix !== "" ? `with keyPrefix ${problem}` : problem;
  }
  if (!(key as string).startsWith(keyPrefix)) return "must begin with the keyPrefix, as keysIncludePrefix says";
  return keyProblem(key as string);
}

function validateValue(raw: RawEntry, report: Report): void {
  const { value, valueBase64, base64 } = raw;
  if (!isAbsent(base64) && typeof base64 !== "boolean") {
    report("base64", `must be a boolean, not ${describeKind(base64)}`);
  }
  if (isAbsent(valueBase64)) {
    if (isAbsent(value) && raw.valueJson === null)
      report("valueJson", 'is null, which is the same as left out; for null as JSON give value: "null"');
    else tell(report, "value", valueReason(value, isEncoded(raw)));
    return;
  }
  if (!isAbsent(base64)) report("base64", "must not be given beside valueBase64, which is base64 without it");
  if (!isAbsent(value)) report("value", "must not be given beside valueBase64; give one of them");
  tell(report, "valueBase64", valueReason(valueBase64, true));
}

function valueReason(value: unknown, isBase64: boolean): string | undefined {
  if (isAbsent(value)) return "is required, or valueBase64, or valueJson";
  if (typeof value !== "string") return notTextReason(value, isBase64 ? undefined : "set jsonValues: true");
  return isBase64 ? base64Problem(value) : textProblem(value);
}

function validateTimes({ expiration, expirationTtl, expiration_ttl: snakeTtl }: RawEntry, report: Report): void {
  tell(report, "expiration", timeReason(expiration, expirationProblem));
  tell(report, "expirationTtl", timeReason(expirationTtl, expirationTtlProblem));
  tell(report, "expiration_ttl", timeReason(snakeTtl, expirationTtlProblem));
  if (!isAbsent(expirationTtl) && !isAbsent(snakeTtl)) {
    report("expiration_ttl", "must not be given beside expirationTtl, which is the same");
  }
  if (!isAbsent(expiration) && !isAbsent(expirationTtl ?? snakeTtl)) {
    report("expiration", "must not be given beside a time to live; give one of them");
  }
}

function timeReason(time: unknown, problem: (time: number) => string | undefined): string | undefined {
  if (isAbsent(time)) return undefined;
  return typeof time === "number" ? problem(time) : kindReason(time, "number");
}

function kindReason(value: unknown, kind: "string" | "number"): string | undefined {
  if (isAbsent(value)) return "is required";
  const remedy = kind === "string" && isScalar(value) ? "; quote it" : "";
  return typeof value === kind ? undefined : `must be a ${kind}, not ${describeKind(value)}${remedy}`;
}

function tell(report: Report, member: string, reason: string | undefined): void {
  if (reason !== undefined) report(member, reason);
}

/** Words a problem of the entry at this position; an empty member stands for the whole entry. */
export type ProblemAt = (position: number, member: string, reason: string) => Problem;

/** Takes what was read, keeps what is good, and says what is wrong with the rest. */
export class EntryCollector {
  readonly #problemAt: ProblemAt;
  readonly #rules: EntryRules;
  readonly #remarks: Remarks | undefined;
  #entries: DeclaredEntry[] = [];
  #problems: Problem[] = [];

  /** @param remarks Given for files, where more is let pass than in a program. */
  constructor(problemAt: ProblemAt, rules: EntryRules, remarks?: Remarks) {
    this.#problemAt = problemAt;
    this.#rules = rules;
    this.#remarks = remarks;
  }

  /** @param json the text that it was parsed from. */
  add(raw: unknown, position: number, json?: string): void {
    const entry = this.check(raw, position, json);
    if (entry) this.#entries.push(entry);
  }

  /** Says that a name means nothing here. */
  remarkMember(name: string): void {
    this.#remarks?.unknownMember(name);
  }

  /** A member of a map: its name is the key, and what it holds the text, or the rest of the entry. */
  addMember(key: string, value: unknown, position: number, json: string): void {
    if (typeof value === "string") this.add({ key, value }, position);
    else if (this.#rules.jsonValues === true) this.#addJsonMember(key, value, position, json);
    else if (value === null) this.#remarks?.missingKey();
    else if (!isRawEntry(value)) this.report(position, "", notTextReason(value, "set jsonValues: true"));
    else if (Object.hasOwn(value, "key"))
      this.report(position, "key", "must not be given: its name in the map is the key");
    else if ([value.value, value.valueBase64, value.valueJson].every(isAbsent))
      this.report(position, "", "has no value; to store the object itself as JSON, set jsonValues: true");
    else this.add({ ...value, key }, position, json);
  }

  /** Whatever is no text is the value itself. */
  #addJsonMember(key: string, value: unknown, position: number, json: string): void {
    if (isRawEntry(value) && !isAbsent(value.value) && Object.keys(value).every(isMember))
      this.#remarks?.entryAsValue();
    this.add({ key, value }, position, `{"value":${json}}`);
  }

  /** The entry, or undefined where something is wrong with it, which it says. */
  check(raw: unknown, position: number, json?: string): DeclaredEntry | undefined {
    if (!isRawEntry(raw)) {
      this.report(position, "", `must be an object, not ${describeKind(raw)}`);
      return undefined;
    }
    const known = this.#problems.length;
    const report: Report = (member, reason) => this.report(position, member, reason);
    const given = this.#remarks ? asInFiles(raw, this.#remarks) : raw;
    const jsonMember = jsonMemberOf(given, this.#rules);
    const entry = jsonMember === undefined ? given : withJsonAsText(given, jsonMember, report, json);
    validateMembers(entry, report);
    tell(report, "key", keyReason(entry.key, this.#rules));
    validateValue(entry, report);
    if (!isAbsent(entry.metadata)) tell(report, "metadata", metadataProblem(entry.metadata, json));
    validateTimes(entry, report);
    return this.#problems.length > known ? undefined : toEntry(entry, position, jsonMember !== undefined);
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

/** The member that holds JSON; null is JSON too where values that are no text are. */
function jsonMemberOf(raw: RawEntry, { jsonValues }: EntryRules): "value" | "valueJson" | undefined {
  if (!isAbsent(raw.valueJson)) return "valueJson";
  const isText = typeof raw.value === "string" || raw.value === undefined;
  return jsonValues === true && !isText && !isEncoded(raw) ? "value" : undefined;
}

/** The same with the text that is stored: as it is written in a file, and of a program, whose order Pulumi does not keep, sorted. */
function withJsonAsText(raw: RawEntry, member: "value" | "valueJson", report: Report, json?: string): RawEntry {
  for (const other of ["value", "valueBase64", "base64"] as const)
    if (other !== member && !isAbsent(raw[other]))
      report(other, `must not be given beside ${member}; give one of them`);
  const unwritable = jsonProblem(raw[member], json !== undefined);
  const text = unwritable ? "" : json === undefined ? canonicalJson(raw[member]) : memberText(raw, member, json);
  const problem = unwritable ?? textProblem(text);
  tell(report, member, problem);
  const none = { valueBase64: undefined, valueJson: undefined, base64: undefined };
  return { ...raw, ...none, value: problem === undefined ? text : "" };
}
