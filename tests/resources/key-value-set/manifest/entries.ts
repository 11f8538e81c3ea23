import fc from "fast-check";
import type { ManifestEntry } from "../../../../provider/resources/key-value-set/manifest/format";
import { Manifest } from "../../../../provider/resources/key-value-set/manifest/manifest";

export const plain: ManifestEntry = { hash: 1n, metadataHash: 0, ttl: 0, expiresAt: 0 };

const uint32 = fc.oneof(fc.constant(0), fc.constantFrom(60, 2 ** 32 - 1), fc.nat(2 ** 32 - 1));

const fields = {
  hash: fc.oneof(fc.constantFrom(undefined, 1n, 2n ** 64n - 1n), fc.bigInt(1n, 2n ** 64n - 1n)),
  metadataHash: uint32,
  ttl: uint32,
  expiresAt: uint32,
};

export const entry: fc.Arbitrary<ManifestEntry> = fc.record(fields);

/** What makes another entry of one, or the same. */
export const change: fc.Arbitrary<Partial<ManifestEntry>> = fc.record(fields, { requiredKeys: [] });

/** Any keys that UTF-8 can carry, often with a common beginning. */
const key = fc
  .tuple(fc.constantFrom("", "a", "/products/", "😀", "\uffee"), fc.string({ unit: "binary", maxLength: 100 }))
  .map(([prefix, rest]) => prefix + rest);

export const keyedEntries = fc.uniqueArray(fc.tuple(key, entry), { selector: ([name]) => name, maxLength: 60 });

export function manifestOf(entries: Iterable<readonly [key: string, entry: ManifestEntry]>): Manifest {
  const manifest = Manifest.empty();
  for (const [key, entry] of entries) manifest.set(key, entry);
  return manifest;
}
