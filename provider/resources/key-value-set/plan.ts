import { hasExpired } from "../../kv/entry";
import { quoted } from "../../kv/quote";
import type { Declaration } from "./declaration";
import { counted, countedEntries, grouped, listed } from "./format";
import { type Manifest, sortKeys } from "./manifest/manifest";
import type { UnknownKeys } from "./source/inline-entries";

/** What there is to do for a set, and what it is about. */
export interface Work {
  readonly plan: Plan;
  readonly declaration: Declaration;
  /** What the set knows to be in the store. */
  readonly stored: Manifest;
}

/** What an update of a set is going to do, key by key. */
export interface Plan {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** Known to this set, and declared no longer, or with a time that has passed. */
  readonly removed: readonly string[];
  /** Declared no longer, while another resource declares them now: they stay. */
  readonly released: readonly string[];
  /** Declared no longer, and gone by the time that was declared: there is nothing to delete. */
  readonly expiredUndeclared: readonly string[];
  /** Not known to the set before, and found in the store as declared: they are the set's without a write. */
  readonly takenOver: number;
  /** Those of the changed ones that were not known to the set before: what is there is not its own yet. */
  readonly replaced: ReadonlySet<string>;
  /** How many requests it took to find that out; 0 where nothing was looked for. */
  readonly reads: number;
  /** Below the prefix, and neither declared nor known: to be deleted because the user has asked for it. */
  readonly unlisted: readonly string[];
  /** Declared with a time that has passed: gone as declared, and not sent. */
  readonly expired: readonly string[];
  /** How many of the changed ones have a time to live, which their write starts anew. */
  readonly restarted: number;
  /** How many entries are declared, of those whose keys are known. */
  readonly count: number;
  /** What is not known yet may turn out to be something that is to be deleted: it stays then. */
  readonly unknownKeys: UnknownKeys;
}

export interface PlanSources {
  readonly declared: Manifest;
  readonly stored: Manifest;
  /** All keys below the prefix, where those that are not declared are to go. */
  readonly present: readonly string[];
  /** What of the stored was not known to the set, but has been found to be there. */
  readonly found: Found;
  /** Keys that this run has deleted as another resource's, and that are this one's now. */
  readonly lost: ReadonlySet<string>;
  /** Whether another resource declares the key. */
  isClaimed(key: string): boolean;
  readonly unknownKeys: UnknownKeys;
  /** Unix seconds. */
  readonly now: number;
}

/** What was found of keys that a set did not know. */
export interface Found {
  readonly live: Manifest;
  readonly requests: number;
}

/** Compares what is declared with what the set knows to be in the store. */
export function planOf({
  declared,
  stored,
  present,
  found: taken,
  lost,
  isClaimed,
  unknownKeys,
  now,
}: PlanSources): Plan {
  const added: string[] = [];
  const changed: string[] = [];
  const removed: string[] = [];
  const expired: string[] = [];
  const replaced = new Set<string>();
  let takenOver = 0;
  let found = 0;
  let restarted = 0;
  declared.compare(stored, (key, known) => {
    if (known !== "nothing") found++;
    const state = lost.size > 0 && lost.has(key) ? "nothing" : known;
    if (hasDeclaredExpired(declared, key, now)) {
      expired.push(key);
      if (state === "other" && !hasStoredExpired(stored, key, now) && !isClaimed(key)) removed.push(key);
    } else if (state === "nothing") added.push(key);
    else if (state === "same") takenOver += taken.live.has(key) ? 1 : 0;
    else {
      changed.push(key);
      if (taken.live.has(key)) replaced.add(key);
      if (declared.hasTtlOf(key)) restarted++;
    }
  });
  const undeclared = found < stored.size ? stored.keys().filter((key) => !declared.has(key)) : [];
  const isStranger = (key: string) => !declared.has(key) && !stored.has(key) && !isClaimed(key);
  return {
    added: sortKeys(added),
    changed: sortKeys(changed),
    removed: sortKeys([
      ...removed,
      ...undeclared.filter((key) => !isClaimed(key) && !hasStoredExpired(stored, key, now)),
    ]),
    released: undeclared.filter(isClaimed),
    expiredUndeclared: undeclared.filter((key) => !isClaimed(key) && hasStoredExpired(stored, key, now)),
    takenOver,
    replaced,
    reads: taken.requests,
    unlisted: present.filter(isStranger),
    expired: sortKeys(expired),
    restarted,
    count: declared.size,
    unknownKeys,
  };
}

/** True where there is nothing to send. */
export function isEmpty({ added, changed, removed, unlisted }: Plan): boolean {
  return [added, changed, removed, unlisted].every(({ length }) => length === 0);
}

/** True where it may turn out to be more than it is now. */
export function hasUnknownKeys({ unknownKeys: { entries, inputs } }: Pick<Plan, "unknownKeys">): boolean {
  return entries > 0 || inputs.length > 0;
}

/** Declared with a time that has passed, or that is too near to be accepted. */
export function hasDeclaredExpired(manifest: Manifest, key: string, now: number): boolean {
  const expiration = manifest.expiration(key);
  return expiration > 0 && hasExpired(expiration, now);
}

/** Gone by a time that was declared. A time to live is not known so well. */
export function hasStoredExpired(manifest: Manifest, key: string, now: number): boolean {
  const expiration = manifest.expiration(key);
  return expiration > 0 && expiration <= now;
}

/** One line, then some keys of each kind: deletions first, for they are what a reader looks for. */
export function planText(plan: Plan, hidesKeys = false): string {
  const { added, changed, removed, unlisted } = plan;
  const deleted = [...removed, ...unlisted];
  if (hidesKeys) return `${planLine(plan, deleted.length)}; the names of the keys are secret`;
  const deletion = (key: string, index: number) => quoted(key) + (index < removed.length ? "" : " (unlisted)");
  return [
    planLine(plan, deleted.length),
    ...marked("-", deleted, deletion),
    ...(hasUnknownKeys(plan) && deleted.length > 0 ? ["  - unless an unknown key is one of them"] : []),
    ...marked("~", changed, (key) => quoted(key) + (plan.replaced.has(key) ? " (replaces what is there)" : "")),
    ...marked("+", added),
  ].join("\n");
}

function planLine(plan: Plan, deletes: number): string {
  const { added, changed, expired, count, takenOver, reads } = plan;
  const isMinimum = hasUnknownKeys(plan);
  const requests = requestsFor(added.length + changed.length) + requestsFor(certainDeletes(plan));
  const isMostDeletes = isMinimum && deletes > 0;
  const hasMore = isMostDeletes || expired.length > 0 || takenOver > 0;
  return (
    `${isMinimum ? "at least " : ""}+${grouped(added.length)} ~${grouped(changed.length)}` +
    `${isMostDeletes ? ", at most" : ""} -${grouped(deletes)}` +
    (takenOver > 0 ? ` =${grouped(takenOver)} as declared` : "") +
    (expired.length > 0 ? `, ${grouped(expired.length)} expired` : "") +
    (hasMore ? "," : "") +
    ` of ${countedEntries(count)}${unknownText(plan.unknownKeys)} ` +
    `(${isMinimum ? "at least " : ""}${reads > 0 ? `${counted(requests, "write")}, ${counted(reads, "read")}` : counted(requests, "request")})`
  );
}

function unknownText({ entries, inputs }: UnknownKeys): string {
  const whose = `whose ${entries === 1 ? "key is" : "keys are"} not known yet`;
  return [
    ...(entries > 0 ? [` and ${countedEntries(entries)} ${whose}`] : []),
    ...inputs.map((name) => ` and all of ${name}, which ${name === "source" ? "is" : "are"} not known yet`),
  ].join("");
}

/** As of a KeyValue; undefined where no changed key has a time to live. */
export function restartText({ restarted }: Plan): string | undefined {
  return restarted > 0 ? `the write starts the time to live of ${counted(restarted, "changed key")} anew` : undefined;
}

const freeDeletes = { count: 100, share: 0.1 };

/** Why an update of a set of this size may not delete so much; undefined when it may. */
export function tooManyDeletes(plan: Plan, size: number, maxDeletes: unknown, hidesKeys = false): string | undefined {
  const { removed, unlisted } = plan;
  const deletes = certainDeletes(plan);
  const max = mostDeletes(size, maxDeletes);
  if (deletes <= max) return undefined;
  const keys = [...removed, ...unlisted].slice(0, 3).map(quoted).join(", ");
  const examples = hidesKeys ? "" : `, such as ${keys}`;
  return (
    `would delete ${hasUnknownKeys(plan) ? "at least " : ""}${grouped(deletes)} of ${grouped(size + unlisted.length)} keys${examples}; ` +
    `check that all you mean is declared, and that files are whole; if so, set maxDeletes to ${deletes} or more`
  );
}

/** The same where the source has no entry at all: then no number of deletes is small enough to be meant. */
export function emptySourceDeletes(plan: Plan, maxDeletes: unknown): string | undefined {
  const deletes = certainDeletes(plan);
  const max = typeof maxDeletes === "number" ? maxDeletes : 0;
  if (deletes <= max) return undefined;
  return (
    `the source has no entry, and ${counted(deletes, "key")} would be deleted; ` +
    "check that the source is whole, and that include and exclude leave something of it; " +
    `if all those keys are to go, set maxDeletes to ${deletes} or more`
  );
}

/** What `tooManyDeletes` could not decide yet; undefined where it could. */
export function doubtfulDeletes(plan: Plan, size: number, maxDeletes: unknown): string | undefined {
  const deletes = plan.removed.length + plan.unlisted.length;
  const max = mostDeletes(size, maxDeletes);
  if (deletes <= max) return undefined;
  return (
    `one update may delete ${counted(Math.floor(max), "key")} (maxDeletes): ` +
    `\`pulumi up\` refuses ${grouped(deletes)}, unless enough of them turn out to be keys that are not known yet`
  );
}

function mostDeletes(size: number, maxDeletes: unknown): number {
  return typeof maxDeletes === "number" ? maxDeletes : Math.max(freeDeletes.count, size * freeDeletes.share);
}

/** Those that stay deletes whatever the unknown keys turn out to be. */
function certainDeletes({ removed, unlisted, unknownKeys: { entries, inputs } }: Plan): number {
  return inputs.length > 0 ? 0 : Math.max(0, removed.length + unlisted.length - entries);
}

const firstPairs = 1000;
const morePairs = 10_000;

/** As the bulk engine sends them when all goes well: it begins with a small request. */
function requestsFor(pairs: number): number {
  return pairs <= firstPairs ? Math.min(pairs, 1) : 1 + Math.ceil((pairs - firstPairs) / morePairs);
}

function marked(
  sign: string,
  keys: readonly string[],
  lineOf: (key: string, index: number) => string = quoted,
): string[] {
  return listed(keys, lineOf).map((line) => `  ${sign} ${line}`);
}
