import { limits } from "./limits";

/** A namespace's place, as every request names it. */
export interface NamespaceAddress {
  /** 32 hex digits. */
  readonly accountId: string;
  /** 32 hex digits. */
  readonly namespaceId: string;
}

/** A key's place. */
export interface KeyAddress extends NamespaceAddress {
  readonly key: string;
}

/** What a write stores. A write replaces all of it: what is left out is cleared. */
export interface Entry {
  readonly value: Buffer;
  /** Any JSON; undefined and null are the same: none. */
  readonly metadata?: unknown;
  /** Unix seconds, at least 60 in the future. */
  readonly expiration?: number | undefined;
  /** Seconds from the write, at least 60. */
  readonly expirationTtl?: number | undefined;
}

/** Seconds: 2001 as a time, 31 years as a time to live. Between the two nothing is meant by accident. */
const timeOrTtl = 1_000_000_000;
/** No right clock is earlier: so much can be checked without one. */
const earliestNow = 1_700_000_000;
const millisecondsRemedy = "; it looks like milliseconds: divide by 1000";

/**
 * Why the API would not take this key, or would take it for something else; undefined when it is good.
 * `.` and `..` are path segments: a request for the key `..` would address the namespace itself.
 */
export function keyProblem(key: string): string | undefined {
  if (key === "") return "must not be empty";
  if (key === "." || key === "..") return `must not be "${key}", which the API refuses as a key`;
  if (!key.isWellFormed()) return "has a lone surrogate, which UTF-8 cannot carry; remove it";
  return tooLong(Buffer.byteLength(key), limits.maxKeyBytes);
}

/** Why no key can begin with this; empty is good. */
export function keyPrefixProblem(prefix: string): string | undefined {
  if (!prefix.isWellFormed()) return "has a lone surrogate, which UTF-8 cannot carry; remove it";
  return tooLong(Buffer.byteLength(prefix), limits.maxKeyBytes - 1);
}

export function valueProblem(bytes: number): string | undefined {
  return tooLong(bytes, limits.maxValueBytes);
}

/** Why this text cannot be stored as a value. */
export function textProblem(value: string): string | undefined {
  if (!value.isWellFormed()) return "has a lone surrogate, which UTF-8 cannot carry; use valueBase64 for bytes";
  return valueProblem(Buffer.byteLength(value));
}

/** Why these bytes in base64 cannot be stored as a value. */
export function base64Problem(value: string): string | undefined {
  const isBase64 = value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
  if (!isBase64) return "must be base64: letters, digits, + and /, padded with = to a multiple of four";
  return valueProblem(Buffer.byteLength(value, "base64"));
}

/** The metadata as it is sent, or undefined when there is none. */
export function serializeMetadata(metadata: unknown): string | undefined {
  return metadata === undefined || metadata === null ? undefined : JSON.stringify(metadata);
}

export function metadataProblem(metadata: unknown): string | undefined {
  try {
    const bytes = Buffer.byteLength(serializeMetadata(metadata) ?? "");
    return tooLong(bytes, limits.maxMetadataBytes, " as JSON");
  } catch {
    return "is nested too deeply to be written as JSON";
  }
}

/** Checks what is wrong whatever the time is; whether it has passed is another question. */
export function expirationProblem(expiration: number): string | undefined {
  if (!Number.isInteger(expiration)) return `must be whole unix seconds, not ${expiration}`;
  if (expiration > limits.maxExpirationSeconds) {
    const remedy = expiration > 1e11 ? millisecondsRemedy : "";
    return `must be unix seconds up to ${limits.maxExpirationSeconds}, not ${expiration}${remedy}`;
  }
  if (expiration < timeOrTtl) {
    return `must be an absolute time in unix seconds, not ${expiration}; for a time to live use expirationTtl`;
  }
  return undefined;
}

/** Checks what is wrong now, or without a clock what is wrong whatever the time is. */
export function expirationTtlProblem(ttl: number, nowSeconds = earliestNow): string | undefined {
  if (!Number.isInteger(ttl)) return `must be whole seconds, not ${ttl}`;
  if (ttl < limits.minExpirationTtlSeconds) {
    return `must be at least ${limits.minExpirationTtlSeconds} seconds, not ${ttl}`;
  }
  if (ttl >= earliestNow && ttl <= limits.maxExpirationSeconds) {
    return `must be seconds from the write, not ${ttl}; for an absolute time use expiration`;
  }
  if (nowSeconds + ttl > limits.maxExpirationSeconds) {
    const remedy = ttl % 1000 === 0 ? millisecondsRemedy : "";
    return `must end by ${limits.maxExpirationSeconds} in unix seconds (2038), not ${ttl} seconds from now${remedy}`;
  }
  return undefined;
}

/**
 * True where the API would refuse the expiration as past, or as too near. The words of expiry, wherever they stand:
 * - hasDeclaredExpired: the time that is declared is such a one. Nothing is written, and that the key is gone is no drift;
 * - hasStoredExpired: what was written is gone by its time, which with a time to live is known less well;
 * - expiredMeanwhile: the declared time has come between the plan and the write;
 * - expiredUndeclared: what is declared no longer is gone by its time: there is nothing to delete.
 */
export function hasExpired(expiration: number, nowSeconds: number): boolean {
  return expiration < nowSeconds + limits.minExpirationTtlSeconds;
}

function tooLong(bytes: number, maxBytes: number, form = ""): string | undefined {
  return bytes > maxBytes ? `is ${bytes} bytes long${form}, at most ${maxBytes} are allowed` : undefined;
}
