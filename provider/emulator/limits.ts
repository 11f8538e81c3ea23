/** What one credential may send before it is blocked for a whole window. */
export interface RateSetting {
  requests: number;
  windowSeconds: number;
}

/** The limits the emulator enforces; sizes are bytes, of UTF-8 where the thing is text. */
export interface Limits {
  maxKeyBytes: number;
  maxValueBytes: number;
  /** Of the metadata as compact JSON. */
  maxMetadataBytes: number;
  /** Unicode characters, as the contract's `maxLength` counts. */
  maxTitleLength: number;
  maxNamespaces: number;
  maxNamespacesPerPage: number;
  minKeysPerPage: number;
  maxKeysPerPage: number;
  /** Least time to live, and least distance of an absolute expiration. */
  minExpirationSeconds: number;
  /** The latest unix second an entry may expire at. */
  maxExpiration: number;
  maxBulkPairs: number;
  maxBulkBytes: number;
  maxBulkGetKeys: number;
  maxBulkGetBytes: number;
  /** Any other JSON body. */
  maxJsonBytes: number;
  /** The real rate limit is `{ requests: 1200, windowSeconds: 300 }`; null turns it off. */
  rate: RateSetting | null;
  /** Refuse a second write or delete of one key within a second. */
  sameKeyPerSecond: boolean;
}

/** The published limits (https://developers.cloudflare.com/kv/platform/limits/), with both rate limits off. */
export const publishedLimits: Readonly<Limits> = Object.freeze({
  maxKeyBytes: 512,
  maxValueBytes: 26_214_400,
  maxMetadataBytes: 1024,
  maxTitleLength: 512,
  maxNamespaces: 1000,
  maxNamespacesPerPage: 1000,
  minKeysPerPage: 10,
  maxKeysPerPage: 1000,
  minExpirationSeconds: 60,
  maxExpiration: 2 ** 31 - 1,
  maxBulkPairs: 10_000,
  maxBulkBytes: 100_000_000,
  maxBulkGetKeys: 100,
  maxBulkGetBytes: 26_214_400,
  maxJsonBytes: 1_000_000,
  rate: null,
  sameKeyPerSecond: false,
});

/** The published limits with some replaced; what is wrong with the replacements is said in one sentence, thrown. */
export function limitsWith(overrides: Partial<Limits>): Limits {
  for (const [name, value] of Object.entries(overrides)) {
    if (!Object.hasOwn(publishedLimits, name)) throw new TypeError(`Invalid limits: "${name}" is not a limit.`);
    if (!isLimit(name as keyof Limits, value)) {
      throw new TypeError(`Invalid limits: ${name} cannot be ${JSON.stringify(value)}.`);
    }
  }
  return { ...publishedLimits, ...overrides };
}

function isLimit(name: keyof Limits, value: unknown): boolean {
  if (name === "sameKeyPerSecond") return typeof value === "boolean";
  if (name !== "rate") return isWhole(value);
  const rate = value as Partial<RateSetting> | null;
  return rate === null || (isWhole(rate.requests) && isWhole(rate.windowSeconds));
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
