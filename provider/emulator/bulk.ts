import { isUtf8 } from "node:buffer";
import { type Answer, success } from "./answer";
import { ApiError, refusal } from "./api-error";
import { type Call, faultOf, isHidden, namespaceOf, viewOf } from "./call";
import { choices } from "./choices";
import { checkInstant, checkInstantPace } from "./instant";
import { checkedKey, checkedMetadata, checkPace, checkValueLength, expirationOf } from "./pair";
import type { Pair } from "./store";

/** Writes all pairs or, when any is invalid, none. */
export function putBulk(call: Call): Answer {
  const namespace = namespaceOf(call);
  const pairs = distinct(arrayIn(call, "key/value pairs").map((item) => pairOf(item, call)));
  const spared = sparedBy(call, [...pairs.keys()]);
  const written = [...pairs.values()].filter(({ key }) => !spared.has(key));
  checkInstant(call, namespace, written);
  checkPace(call, namespace, pairs.keys());
  checkInstantPace(call, namespace);
  call.store.write(namespace, written, call.nowMs);
  call.logged.writes = written.length;
  return success({ successful_key_count: written.length, unsuccessful_keys: namedOf(call, spared) });
}

/** Deletes keys, whether they exist or not. */
export function deleteBulk(call: Call): Answer {
  const namespace = namespaceOf(call);
  const keys = new Set(arrayIn(call, "keys").map((key) => checkedKey(textOf(key), call.limits)));
  const spared = sparedBy(call, [...keys]);
  const deleted = [...keys].filter((key) => !spared.has(key));
  checkPace(call, namespace, keys);
  checkInstantPace(call, namespace);
  call.store.remove(namespace, deleted, call.nowMs);
  call.logged.deletes = keys.size;
  return success({ successful_key_count: deleted.length, unsuccessful_keys: namedOf(call, spared) });
}

/** Reads up to 100 keys; a missing one is null. */
export function getBulk(call: Call): Answer {
  const namespace = namespaceOf(call);
  const { keys, type, withMetadata } = bulkGetOptions(call);
  const values: [string, unknown][] = [];
  let total = 0;
  for (const key of keys) {
    const pair = isHidden(call, key) ? undefined : call.store.read(namespace, key, viewOf(call));
    total += pair?.value.length ?? 0;
    if (total > call.limits.maxBulkGetBytes) {
      throw refusal(choices.bodyTooLarge, "Total size of request exceeds the limit of 25MB");
    }
    values.push([key, pair === undefined ? null : shown(pair, type, withMetadata)]);
  }
  return success({ values: Object.fromEntries(values) });
}

/** The keys a bulk body names, as far as it can be read. */
export function namesIn(json: unknown): string[] | undefined {
  const items = Array.isArray(json) ? json : (json as { keys?: unknown } | null | undefined)?.keys;
  if (!Array.isArray(items)) return undefined;
  return items.map((item) => item?.key ?? item).filter((name) => typeof name === "string");
}

function arrayIn(call: Call, what: string): unknown[] {
  const most = call.limits.maxBulkPairs;
  if (!Array.isArray(call.json)) throw unreadable("not a JSON array");
  if (call.json.length <= most) return call.json;
  throw new ApiError(400, 10012, `received ${call.json.length} ${what}, but max allowed per request is: ${most}`);
}

function pairOf(item: unknown, { limits, nowMs }: Call): Pair {
  const { key, value, base64, metadata, expiration, expiration_ttl: ttl } = (item ?? {}) as Record<string, unknown>;
  const pair = {
    key: checkedKey(textOf(key), limits),
    value: bytesOf(textOf(value), optional(base64, "boolean") === true),
    expiration: expirationOf(optional(expiration, "number"), optional(ttl, "number"), nowMs, limits),
    metadata: checkedMetadata(metadata, limits),
  };
  checkValueLength(pair.value.length, limits);
  return pair;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value.toWellFormed();
  throw unreadable("not a string");
}

function optional(value: unknown, type: "boolean" | "number"): unknown {
  if (value === undefined || value === null || typeof value === type) return value;
  throw unreadable(`not a ${type}`);
}

function unreadable(reason: string): ApiError {
  return refusal(choices.invalidBulkItem, `could not parse array of keys from request body: '${reason}'`, false);
}

function bytesOf(value: string, isBase64: boolean): Buffer {
  if (!isBase64) return Buffer.from(value);
  const text = value.replace(/[\r\n]/g, "");
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return Buffer.from(text, "base64");
  throw refusal(choices.invalidBulkItem, "Invalid base64 value");
}

/** The pairs by key, identical ones once. */
function distinct(pairs: Pair[]): Map<string, Pair> {
  const byKey = new Map<string, Pair>();
  for (const pair of pairs) {
    const other = byKey.get(pair.key);
    if (other !== undefined && !isSame(pair, other)) {
      throw refusal(
        choices.invalidBulkItem,
        `received duplicate key with different values or expiration parameters: "${pair.key}"`,
      );
    }
    byKey.set(pair.key, pair);
  }
  return byKey;
}

function isSame(one: Pair, other: Pair): boolean {
  const sameParameters = one.metadata === other.metadata && one.expiration === other.expiration;
  return sameParameters && Buffer.compare(one.value, other.value) === 0;
}

/** The keys that a fault leaves alone. */
function sparedBy(call: Call, keys: string[]): Set<string> {
  const fault = faultOf(call, "unsuccessful");
  if (fault === undefined) return new Set();
  if ("keys" in fault) return new Set(keys.filter((key) => fault.keys.includes(key)));
  return new Set(
    keys.filter((_, index) => Math.floor((index + 1) * fault.fraction) > Math.floor(index * fault.fraction)),
  );
}

function namedOf(call: Call, spared: ReadonlySet<string>): string[] {
  return faultOf(call, "unsuccessful")?.unnamed ? [] : [...spared];
}

interface BulkGetOptions {
  keys: string[];
  type: "text" | "json";
  withMetadata: boolean;
}

function bulkGetOptions({ json, limits }: Call): BulkGetOptions {
  const { keys, type = "text", withMetadata = false } = (json ?? {}) as Record<string, unknown>;
  if (!Array.isArray(keys) || typeof withMetadata !== "boolean") throw invalidGet("could not parse request body");
  if (keys.length === 0) throw invalidGet("You must request a minimum of 1 key");
  if (keys.length > limits.maxBulkGetKeys) {
    throw invalidGet(`You can request a maximum of ${limits.maxBulkGetKeys} keys`);
  }
  if (type !== "text" && type !== "json") throw invalidGet(`"${type}" is not a valid type. Use "json" or "text"`);
  return { keys: keys.map((key) => checkedKey(textOf(key), limits)), type, withMetadata };
}

function shown(pair: Pair, type: "text" | "json", withMetadata: boolean): unknown {
  const value = decoded(pair.value, type);
  if (!withMetadata) return value;
  const metadata = pair.metadata === null ? null : JSON.parse(pair.metadata);
  return pair.expiration === null ? { value, metadata } : { value, metadata, expiration: pair.expiration };
}

function decoded(value: Uint8Array, type: "text" | "json"): unknown {
  if (!isUtf8(value)) throw invalidGet("At least one of the requested keys corresponds to a non-text value");
  const text = Buffer.from(value).toString();
  if (type === "text") return text;
  try {
    return JSON.parse(text);
  } catch {
    throw invalidGet("At least one of the requested keys corresponds to a non-json value");
  }
}

function invalidGet(reason: string): ApiError {
  return new ApiError(400, 10029, reason);
}
