import { hasExpired } from "../../kv/entry";
import { type Manifest, sortKeys } from "../manifest/manifest";
import { quoted } from "../quoted";
import { counted, grouped, listed } from "./text";

/** What an update of a set is going to do, key by key. */
export interface Plan {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** Known to this set, and declared no longer, or with a time that has passed. */
  readonly removed: readonly string[];
  /** Declared no longer, while another resource declares them now: they stay. */
  readonly released: readonly string[];
  /** Declared no longer, and gone by the time that was declared: there is nothing to delete. */
  readonly forgotten: readonly string[];
  /** Below the prefix, and neither declared nor known: to be deleted because the user has asked for it. */
  readonly unlisted: readonly string[];
  /** Declared with a time that has passed: gone as declared, and not sent. */
  readonly expired: readonly string[];
  /** How many entries are declared. */
  readonly count: number;
}

export interface PlanSources {
  readonly declared: Manifest;
  readonly stored: Manifest;
  /** All keys below the prefix, where those that are not declared are to go. */
  readonly present: readonly string[];
  /** Keys that this run has deleted as another resource's, and that are this one's now. */
  readonly lost: ReadonlySet<string>;
  /** Whether another resource declares the key. */
  isClaimed(key: string): boolean;
  /** False where keys may be declared that are not known yet. */
  readonly isComplete: boolean;
  /** Unix seconds. */
  readonly now: number;
}

/** Compares what is declared with what the set knows to be in the store. */
export function planOf({ declared, stored, present, lost, isClaimed, isComplete, now }: PlanSources): Plan {
  const added: string[] = [];
  const changed: string[] = [];
  const removed: string[] = [];
  const expired: string[] = [];
  let found = 0;
  declared.compare(stored, (key, known) => {
    if (known !== "nothing") found++;
    const state = lost.size > 0 && lost.has(key) ? "nothing" : known;
    if (isSpent(declared, key, now)) {
      expired.push(key);
      if (state === "other" && !isOver(stored, key, now) && !isClaimed(key)) removed.push(key);
    } else if (state === "nothing") added.push(key);
    else if (state === "other") changed.push(key);
  });
  const undeclared = found < stored.size && isComplete ? stored.keys().filter((key) => !declared.has(key)) : [];
  const isStranger = (key: string) => !declared.has(key) && !stored.has(key) && !isClaimed(key);
  return {
    added: sortKeys(added),
    changed: sortKeys(changed),
    removed: sortKeys([...removed, ...undeclared.filter((key) => !isClaimed(key) && !isOver(stored, key, now))]),
    released: undeclared.filter(isClaimed),
    forgotten: undeclared.filter((key) => !isClaimed(key) && isOver(stored, key, now)),
    unlisted: isComplete ? present.filter(isStranger) : [],
    expired: sortKeys(expired),
    count: declared.size,
  };
}

export function isEmpty({ added, changed, removed, unlisted }: Plan): boolean {
  return [added, changed, removed, unlisted].every(({ length }) => length === 0);
}

/** Declared with a time that has passed, or that is too near to be accepted. */
export function isSpent(manifest: Manifest, key: string, now: number): boolean {
  const expiration = manifest.expiration(key);
  return expiration > 0 && hasExpired(expiration, now);
}

/** Gone by a time that was declared. A time to live is not known so well. */
export function isOver(manifest: Manifest, key: string, now: number): boolean {
  const expiration = manifest.expiration(key);
  return expiration > 0 && expiration <= now;
}

/** One line, then some keys of each kind: deletions first, for they are what a reader looks for. */
export function planText(plan: Plan): string {
  const { added, changed, removed, unlisted, expired, count } = plan;
  const deleted = [...removed, ...unlisted];
  const requests = requestsFor(added.length + changed.length) + requestsFor(deleted.length);
  const line =
    `+${grouped(added.length)} ~${grouped(changed.length)} -${grouped(deleted.length)}` +
    (expired.length > 0 ? `, ${grouped(expired.length)} expired,` : "") +
    ` of ${grouped(count)} ${count === 1 ? "entry" : "entries"} (${counted(requests, "request")})`;
  const deletion = (key: string, index: number) => quoted(key) + (index < removed.length ? "" : " (unlisted)");
  return [line, ...marked("-", deleted, deletion), ...marked("~", changed), ...marked("+", added)].join("\n");
}

const freeDeletes = { count: 100, share: 0.1 };

/** Why an update of a set of this size may not delete so much; undefined when it may. */
export function tooManyDeletes({ removed, unlisted }: Plan, size: number, maxDeletes: unknown): string | undefined {
  const deletes = removed.length + unlisted.length;
  const max = typeof maxDeletes === "number" ? maxDeletes : Math.max(freeDeletes.count, size * freeDeletes.share);
  if (deletes <= max) return undefined;
  const keys = [...removed, ...unlisted].slice(0, 3).map(quoted).join(", ");
  return (
    `would delete ${grouped(deletes)} of ${grouped(size + unlisted.length)} keys, such as ${keys}; ` +
    `see whether all that is meant is declared, and a file is whole; if so, set maxDeletes to ${deletes} or more`
  );
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
