/**
 * The limits of the Workers KV REST API.
 *
 * @see https://developers.cloudflare.com/kv/platform/limits/
 */
export const limits = Object.freeze({
  /** UTF-8 bytes of a key name. */
  maxKeyBytes: 512,
  /** Bytes of one value: 25 MiB. */
  maxValueBytes: 25 * 1024 * 1024,
  /** UTF-8 bytes of the metadata, serialised as JSON. */
  maxMetadataBytes: 1024,
  /** Characters of a namespace's title. */
  maxTitleLength: 512,
  /** Seconds that an expiration must lie in the future, and the least time to live. */
  minExpirationTtlSeconds: 60,
  /** Unix seconds; a later expiration is refused by the API's own clients (int32). */
  maxExpirationSeconds: 2 ** 31 - 1,
  /** Namespaces in one page of the list. */
  maxNamespacesPerPage: 1000,
  /** Keys in one page of the list. */
  minKeysPerPage: 10,
  maxKeysPerPage: 1000,
  /** Pairs of one bulk write, and keys of one bulk delete. */
  maxBulkPairs: 10_000,
  /** Keys of one bulk read. */
  maxBulkReadKeys: 100,
});

/** Those of a namespace of the mode `instant`. */
export const instantLimits = Object.freeze({
  maxKeyBytes: 300,
  /** Of the whole namespace. */
  maxPairs: 10_000,
  /** Of all its keys and values together. */
  maxBytes: 1_000_000,
});
