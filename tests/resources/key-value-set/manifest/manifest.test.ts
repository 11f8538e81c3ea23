import { createHash } from "node:crypto";
import fc from "fast-check";
import { isSame } from "../../../../provider/pulumi/changes";
import type { ManifestEntry } from "../../../../provider/resources/key-value-set/manifest/format";
import { entryHash, Manifest, metadataHash } from "../../../../provider/resources/key-value-set/manifest/manifest";
import { change, entry, keyedEntries, manifestOf, plain } from "./entries";

describe("a manifest", () => {
  test("comes back from its text as it was, sorted by the bytes of its keys", () => {
    fc.assert(
      fc.property(keyedEntries, (entries) => {
        const written = manifestOf(entries);
        const read = Manifest.decode(written.encode());
        expect(read.size).toBe(entries.length);
        expect(read.digest()).toBe(written.digest());
        expect([...read]).toEqual(entries.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
        expect([...written]).toEqual([...read]);
      }),
    );
  });

  test("holds keys that are names of an object's own, the longest keys, and characters of every length", () => {
    const keys = [
      "__proto__",
      "constructor",
      "k".repeat(512),
      "é".repeat(256),
      "😀".repeat(128),
      "\uffff",
      "a\0b",
      " ",
    ];
    const manifest = Manifest.decode(manifestOf(keys.map((key) => [key, plain])).encode());
    expect(manifest.keys()).toEqual([" ", "__proto__", "a\0b", "constructor", keys[2], keys[3], "\uffff", keys[4]]);
    expect(manifest.get("__proto__")).toEqual(plain);
    expect(manifest.has("toString")).toBe(false);
  });

  test("is the same as a map, whatever is set, deleted, encoded and decoded", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e");
    const step = fc.record({ action: fc.constantFrom("set", "delete", "decode"), key, entry });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const map = new Map<string, ManifestEntry>();
        let manifest = Manifest.empty();
        for (const { action, key, entry } of steps) {
          if (action === "set") {
            manifest.set(key, entry);
            map.set(key, entry);
          }
          if (action === "delete") expect(manifest.delete(key)).toBe(map.delete(key));
          if (action === "decode") manifest = Manifest.decode(manifest.encode());
          expect(manifest.size).toBe(map.size);
          expect(manifest.get(key)).toEqual(map.get(key));
        }
        expect([...manifest]).toEqual([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
        expect(manifest.digest()).toBe(manifestOf([...map]).digest());
      }),
    );
  });

  test("of thousands of keys, some not of one byte a character, comes back as it was", () => {
    const keys = Array.from({ length: 5000 }, (_, number) => `/products/${number % 7 ? "shoes" : "größe"}/${number}`);
    const entries = keys.map((key, number): [string, ManifestEntry] => [key, { ...plain, hash: BigInt(number + 1) }]);
    const sorted = entries.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect([...Manifest.decode(manifestOf(entries).encode())]).toEqual(sorted);
  });

  test("can be empty", () => {
    const manifest = Manifest.decode(Manifest.empty().encode());
    expect(manifest.size).toBe(0);
    expect([...manifest]).toEqual([]);
    expect(manifest.digest()).toBe(Manifest.empty().digest());
  });

  test("keeps its text while nothing changes", () => {
    const text = manifestOf([["a", plain]]).encode();
    const manifest = Manifest.decode(text);
    expect(manifest.encode()).toBe(text);
    manifest.set("a", { ...plain, ttl: 60 });
    expect(manifest.encode()).not.toBe(text);
  });

  test("without its hashes has all keys, times and hashes of metadata, and leaves the original alone", () => {
    fc.assert(
      fc.property(keyedEntries, (entries) => {
        const manifest = manifestOf(entries);
        const bare = Manifest.decode(manifest.withoutHashes().encode());
        expect([...bare]).toEqual([...manifest].map(([key, entry]) => [key, { ...entry, hash: undefined }]));
        expect([...manifest]).toEqual([...manifestOf(entries)]);
      }),
    );
  });

  test.each([-1, 1.5, 2 ** 32, Number.NaN])("refuses %d as seconds, which it could not hold", (seconds) => {
    const manifest = Manifest.empty();
    expect(() => manifest.set("a", { ...plain, ttl: seconds })).toThrow(RangeError);
    expect(() => manifest.set("a", { ...plain, expiresAt: seconds })).toThrow(RangeError);
    expect(manifest.size).toBe(0);
  });

  test("refuses to encode a key that no store has", () => {
    const manifest = manifestOf([["k".repeat(513), plain]]);
    expect(() => manifest.encode()).toThrow("at most 512 bytes");
  });
});

describe("the digest", () => {
  test("does not depend on the order in which entries come", () => {
    const shuffled = keyedEntries.chain((entries) => fc.shuffledSubarray(entries, { minLength: entries.length }));
    fc.assert(
      fc.property(shuffled, (entries) => {
        const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
        expect(manifestOf(entries).digest()).toBe(manifestOf(sorted).digest());
      }),
    );
  });

  test("is the same exactly where the same is declared", () => {
    fc.assert(
      fc.property(keyedEntries, fc.string(), entry, change, (entries, key, one, change) => {
        const other = { ...one, ...change };
        const [a, b] = [manifestOf(entries), manifestOf(entries)];
        a.set(key, one);
        b.set(key, other);
        expect(a.digest() === b.digest()).toBe(isDeclaredAlike(one, other));
        a.delete(key);
        expect(a.digest()).not.toBe(b.digest());
      }),
    );
  });

  test("tells each thing that is declared, and not when a time to live ends", () => {
    const digest = (key: string, change: Partial<ManifestEntry>) =>
      manifestOf([[key, { ...plain, ...change }]]).digest();
    const changes = [{}, { hash: 2n }, { hash: undefined }, { ttl: 60 }, { expiresAt: 60 }].map((c) => digest("a", c));
    expect(new Set([...changes, digest("b", {}), Manifest.empty().digest()]).size).toBe(7);
    expect(digest("a", { ttl: 60, expiresAt: 2e9 })).toBe(digest("a", { ttl: 60 }));
  });

  test("does not take the end of one key for the beginning of the next", () => {
    const digest = (...keys: string[]) => manifestOf(keys.map((key) => [key, plain])).digest();
    expect(digest("a", "bc")).not.toBe(digest("ab", "c"));
  });
});

describe("the hash of an entry", () => {
  test("is the beginning of SHA-256 over metadata, zero byte and value, be it text or bytes", () => {
    const bytes = createHash("sha256").update('{"a":1,"b":[true,null]}\0größe').digest();
    const metadata = { b: [true, null], a: 1.0 };
    expect(entryHash("größe", metadata)).toBe(bytes.readBigUInt64BE());
    expect(entryHash(Buffer.from("größe"), metadata)).toBe(bytes.readBigUInt64BE());
    expect(entryHash("v", null)).toBe(createHash("sha256").update("\0v").digest().readBigUInt64BE());
  });

  test("is the same exactly where value and metadata are", () => {
    const value = fc.constantFrom("", "\0", "v", '{"a":1}\0', '{"a":1}\0v');
    const metadata = fc.constantFrom<unknown>(undefined, null, {}, [], "", 0, false, { a: 1 }, [1], { a: null });
    fc.assert(
      fc.property(value, metadata, value, metadata, (v, m, w, n) => {
        expect(entryHash(v, m) === entryHash(w, n)).toBe(v === w && isSame(m, n));
        expect(metadataHash(m) === metadataHash(n)).toBe(isSame(m, n));
      }),
    );
  });

  test("does not depend on the order of members, not even of such as JavaScript reorders", () => {
    const [one, other] = ['{"10":{"y":0,"x":1},"9":2,"__proto__":3}', '{"__proto__":3,"9":2,"10":{"x":1,"y":0}}'];
    expect(entryHash("v", JSON.parse(one))).toBe(entryHash("v", JSON.parse(other)));
    expect(metadataHash(JSON.parse(one))).toBe(metadataHash(JSON.parse(other)));
    expect(metadataHash(JSON.parse(one))).not.toBe(metadataHash({ 9: 2, 10: { x: 1, y: 0 } }));
  });

  test("of no metadata is 0", () => {
    expect([metadataHash(undefined), metadataHash(null)]).toEqual([0, 0]);
  });
});

function isDeclaredAlike(one: ManifestEntry, other: ManifestEntry): boolean {
  const isEnding = one.ttl > 0 || one.expiresAt === other.expiresAt;
  return one.hash === other.hash && one.ttl === other.ttl && isEnding;
}
