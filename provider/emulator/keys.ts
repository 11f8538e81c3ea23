import { type Answer, success } from "./answer";
import { ApiError, refusal } from "./api-error";
import { type Call, faultOf, isHidden, namespaceOf, viewOf } from "./call";
import { choices } from "./choices";
import type { Limits } from "./limits";
import { keyRange, type Pair } from "./store";

export function listKeys(call: Call): Answer {
  const namespace = namespaceOf(call);
  const { query } = call.route;
  const limit = limitIn(query, call.limits);
  const prefix = Buffer.from(query.get("prefix") ?? "");
  const after = keyIn(query.get("cursor") || undefined);
  if (faultOf(call, "emptyPage") !== undefined) return page([], after ?? Buffer.alloc(0));
  if (isHidden(call)) return page([]);
  const keys = call.store.list(namespace, keyRange(prefix, after, limit + 1), viewOf(call));
  const shown = keys.slice(0, limit);
  return page(shown, keys.length > limit ? Buffer.from(shown.at(-1)?.key ?? "") : undefined);
}

function page(keys: Omit<Pair, "value">[], last?: Buffer): Answer {
  const cursor = last === undefined ? "" : Buffer.concat([cursorMark, last]).toString("base64url");
  return success(keys.map(resultOf), { count: keys.length, cursor });
}

function resultOf({ key, expiration, metadata }: Omit<Pair, "value">): Record<string, unknown> {
  const result: Record<string, unknown> = { name: key };
  if (expiration !== null) result.expiration = expiration;
  if (metadata !== null) result.metadata = JSON.parse(metadata);
  return result;
}

function limitIn(query: URLSearchParams, limits: Limits): number {
  const given = query.get("limit") || String(limits.maxKeysPerPage);
  const limit = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (limit > limits.maxKeysPerPage) {
    throw new ApiError(400, 10028, `limit argument must be at most ${limits.maxKeysPerPage}`, false);
  }
  if (limit >= limits.minKeysPerPage) return limit;
  throw new ApiError(400, 10028, `limit argument must be at least ${limits.minKeysPerPage}`, false);
}

const cursorMark = Buffer.from("after:");

function keyIn(cursor: string | undefined): Buffer | undefined {
  if (cursor === undefined) return undefined;
  const bytes = Buffer.from(cursor, "base64url");
  const isOurs = bytes.subarray(0, cursorMark.length).equals(cursorMark) && bytes.toString("base64url") === cursor;
  if (isOurs) return bytes.subarray(cursorMark.length);
  throw refusal({ ...choices.invalidPaging, code: 10041 }, 'invalid "list keys" cursor', false);
}
