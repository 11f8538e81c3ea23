import { ApiError, refusal } from "./api-error";
import type { Call } from "./call";
import { choices } from "./choices";
import type { Limits } from "./limits";
import type { Namespace } from "./namespace-table";

/** The key, if it is one that can be stored. */
export function checkedKey(key: string | undefined, limits: Limits): string {
  if (key === undefined) throw refusal(choices.illegalKeyName, "The key name is not valid UTF-8.");
  if (key === "") throw refusal(choices.illegalKeyName, "Key names must not be empty");
  if (key === "." || key === "..") {
    throw refusal(choices.illegalKeyName, `Illegal key name "${key}". Please use a different name.`);
  }
  const length = Buffer.byteLength(key);
  if (length <= limits.maxKeyBytes) return key;
  throw refusal(
    choices.keyTooLong,
    `UTF-8 encoded length of ${length} exceeds key length limit of ${limits.maxKeyBytes}.`,
  );
}

export function checkValueLength(length: number, limits: Limits): void {
  if (length <= limits.maxValueBytes) return;
  throw refusal(choices.valueTooLarge, `Value length of ${length} exceeds limit of ${limits.maxValueBytes}.`);
}

/** The metadata as it is stored; null is the same as none. */
export function checkedMetadata(metadata: unknown, limits: Limits): string | null {
  if (metadata === undefined || metadata === null) return null;
  const text = JSON.stringify(metadata);
  const length = Buffer.byteLength(text);
  if (length <= limits.maxMetadataBytes) return text;
  throw refusal(choices.metadataTooLarge, `Metadata length of ${length} exceeds limit of ${limits.maxMetadataBytes}.`);
}

/** The unix second at which a pair expires, from what was asked for; null for never. A time to live wins. */
export function expirationOf(expiration: unknown, ttl: unknown, nowMs: number, limits: Limits): number | null {
  const now = Math.floor(nowMs / 1000);
  if (isGiven(ttl)) return now + checkedTtl(ttl, now, limits);
  return isGiven(expiration) ? checkedExpiration(expiration, now, limits) : null;
}

/** Refuses keys that were written or deleted within the last second, where that limit is on. */
export function checkPace(call: Call, namespace: Namespace, keys: Iterable<string>): void {
  if (!call.limits.sameKeyPerSecond) return;
  for (const key of keys) {
    const writtenAt = call.store.writtenAt(namespace, key);
    if (writtenAt !== undefined && call.nowMs - writtenAt < 1000) {
      const { status, code } = choices.sameKeyTooSoon;
      throw new ApiError(status, code, "too many requests", true, { "retry-after": "1" });
    }
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function checkedTtl(given: unknown, now: number, limits: Limits): number {
  const ttl = integerOf(given);
  const most = limits.maxExpiration - now;
  if (!(ttl > 0)) throw invalidTtl(given, "Please specify integer greater than 0.");
  if (ttl > most) throw invalidTtl(given, `Please specify integer of at most ${most}.`);
  if (ttl >= limits.minExpirationSeconds) return ttl;
  throw invalidTtl(given, `Expiration TTL must be at least ${limits.minExpirationSeconds}.`);
}

function checkedExpiration(given: unknown, now: number, limits: Limits): number {
  const expiration = integerOf(given);
  if (!(expiration > now)) {
    throw invalidExpiration(
      given,
      "Please specify integer greater than the current number of seconds since the UNIX epoch.",
    );
  }
  if (expiration < now + limits.minExpirationSeconds) {
    throw invalidExpiration(
      given,
      `Expiration times must be at least ${limits.minExpirationSeconds} seconds in the future.`,
    );
  }
  if (expiration <= limits.maxExpiration) return expiration;
  throw invalidExpiration(given, `Please specify integer of at most ${limits.maxExpiration}.`);
}

function invalidTtl(given: unknown, advice: string): ApiError {
  return new ApiError(400, 10034, `Invalid expiration_ttl of ${given}. ${advice}`);
}

function invalidExpiration(given: unknown, advice: string): ApiError {
  return refusal(choices.invalidExpiration, `Invalid expiration of ${given}. ${advice}`);
}

/** NaN for whatever is not an integer, as a number or as decimal text. */
function integerOf(given: unknown): number {
  const number = typeof given === "string" && /^-?\d+$/.test(given) ? Number(given) : given;
  return typeof number === "number" && Number.isInteger(number) ? number : Number.NaN;
}
