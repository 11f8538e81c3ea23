import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { crc32, createZstdCompress, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { InputError } from "../../../../provider/pulumi/errors";
import type { ManifestEntry } from "../../../../provider/resources/key-value-set/manifest/format";
import { entryHash, Manifest, metadataHash } from "../../../../provider/resources/key-value-set/manifest/manifest";
import { generateEntries, type KeyKind } from "../../../../tools/bench/generate-entries";
import { keyedEntries, manifestOf, plain } from "./entries";

const recorded = readFileSync(
  join(__dirname, "../../../../../tests/resources/key-value-set/manifest/v1.txt"),
  "utf8",
).trim();

const recordedEntries: [string, ManifestEntry][] = [
  ["__proto__", { hash: undefined, metadataHash: 0, ttl: 0, expiresAt: 0 }],
  ["products/1", { hash: 0x0102030405060708n, metadataHash: 0x0a0b0c0d, ttl: 0, expiresAt: 0 }],
  ["products/2", { hash: 2n ** 64n - 1n, metadataHash: 0, ttl: 3600, expiresAt: 1_900_000_000 }],
  ["products/größe", { hash: entryHash("value", { owner: "me" }), metadataHash: 1, ttl: 0, expiresAt: 2 ** 31 - 1 }],
  ["\uffff", { hash: undefined, metadataHash: 0, ttl: 60, expiresAt: 0 }],
  ["😀", { hash: 1n, metadataHash: 2 ** 32 - 1, ttl: 0, expiresAt: 0 }],
];

test("a text that version 1 wrote is read", () => {
  const manifest = Manifest.decode(recorded);
  expect(manifest.size).toBe(6);
  expect(manifest.digest()).toBe("1e7f9653856a8fe28d2897df640030c0f1239bba5c42fd25950e7268dec28815");
  expect(manifest.digest()).toBe(manifestOf(recordedEntries).digest());
  expect([...manifest]).toEqual(recordedEntries);
});

test("a reader that is made from the format's page alone reads what is written", () => {
  fc.assert(
    fc.property(keyedEntries, (entries) => {
      const manifest = manifestOf(entries);
      expect(readByThePage(manifest.encode())).toEqual([...manifest]);
    }),
  );
});

test("neither value nor metadata is in the text, nor in what it packs", () => {
  const [value, metadata] = ["hunter2 hunter2 hunter2", { owner: "margaret margaret" }];
  const hashes = { hash: entryHash(value, metadata), metadataHash: metadataHash(metadata) };
  const bytes = Buffer.from(manifestOf([["password", { ...plain, ...hashes }]]).encode(), "base64");
  const columns = zstdDecompressSync(bytes.subarray(41, -12));
  expect(columns.includes("password")).toBe(true);
  for (const text of ["hunter2", "margaret", "owner"]) {
    expect(bytes.includes(text)).toBe(false);
    expect(columns.includes(text)).toBe(false);
  }
});

describe("the size of a text, before base64,", () => {
  test.each<[KeyKind, number]>([
    ["paths", 10],
    ["uuid", 28],
  ])("of 10,000 keys of the kind %s is at most %d bytes a key", (keys, most) => {
    expect(bytesOf(generated(keys)) / 10_000).toBeLessThanOrEqual(most);
  });

  test("hardly grows with what all entries have in common", () => {
    const entries = generated("paths");
    const common = { metadataHash: 0x12345678, ttl: 86_400, expiresAt: 1_900_000_000 };
    const alike = [...entries].map(([key, entry]) => [key, { ...entry, ...common }] as const);
    expect(bytesOf(manifestOf(alike)) - bytesOf(entries)).toBeLessThan(200);
  });

  test("is without hashes what the keys alone need", () => {
    expect(bytesOf(generated("paths").withoutHashes())).toBeLessThan(10_000);
  });
});

describe("a damaged text", () => {
  const bytes = Buffer.from(recorded, "base64");

  test.each([
    ["nothing", ""],
    ["padding", "="],
    ["a version and no more", "AQ=="],
    ["words", "not a manifest"],
    ["what is no base64", "💥"],
    ["a hundred thousand zeros", "A".repeat(100_000)],
  ])("that is %s is refused", (_what, text) => {
    expect(() => Manifest.decode(text)).toThrow(InputError);
    expect(() => Manifest.decode(text)).toThrow(/is damaged: restore an earlier state .* or take/);
  });

  test("is refused wherever it ends early", () => {
    for (let length = 0; length < recorded.length - 4; length++) {
      expect(() => Manifest.decode(recorded.slice(0, length)).keys()).toThrow(InputError);
    }
  });

  test("is refused whichever bit is another", () => {
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      expect(() => Manifest.decode(flipped(bytes, bit).toString("base64")).keys()).toThrow("is damaged");
    }
  });

  test("whose checksum fits is refused, or read as some manifest", () => {
    for (let bit = 8; bit < 8 * (bytes.length - 4); bit++) {
      const text = sealed(flipped(bytes, bit).subarray(0, -4));
      expect(refusal(() => [...Manifest.decode(text)]) ?? "is damaged").toContain("is damaged");
    }
  });

  test.each([
    ["four thousand million entries", 33, 2 ** 32 - 1],
    ["one entry less", 33, 5],
    ["one entry more", 33, 7],
    ["no columns", 37, 0],
    ["columns longer than itself", 37, 2 ** 32 - 1],
  ])("that claims %s is refused", (_what, offset, number) => {
    const claiming = Buffer.from(bytes.subarray(0, -4));
    claiming.writeUInt32LE(number, offset);
    expect(() => [...Manifest.decode(sealed(claiming))]).toThrow("is damaged");
  });

  // Of "ab", whose hash is known, and "abc": known from 0, shared from 2, length from 6, rests "ab" and "c" from 34.
  test.each<[string, (columns: Buffer) => unknown]>([
    ["ends within a column", (columns) => columns.subarray(0, 33)],
    ["has a hash too few", (columns) => columns.writeUInt8(1, 1)],
    ["has a hash too many", (columns) => columns.writeUInt8(0, 0)],
    ["begins with a key that shares bytes", (columns) => columns.writeUInt8(1, 2) && columns.writeUInt8(3, 6)],
    ["has a key that shares more than there is", (columns) => columns.writeUInt8(3, 4) && columns.writeUInt8(4, 8)],
    [
      "has a key too long for any store",
      (columns) => columns.writeUInt16LE(513, 8) && Buffer.concat([columns, Buffer.alloc(510, "c")]),
    ],
    ["ends within a key", (columns) => columns.writeUInt8(4, 8)],
    ["goes on after the last key", (columns) => Buffer.concat([columns, Buffer.of(0)])],
    ["has a key that is not UTF-8", (columns) => columns.writeUInt8(0xff, 36)],
    ["has a key twice", (columns) => columns.writeUInt8(2, 8) && columns.subarray(0, 36)],
    [
      "has keys in another order",
      (columns) => columns.writeUInt8(1, 4) && columns.writeUInt8(2, 8) && columns.write("a", 36),
    ],
  ])("whose packed part %s is refused", (_what, change) => {
    const written = manifestOf([
      ["ab", plain],
      ["abc", { ...plain, hash: undefined }],
    ]);
    const content = Buffer.from(written.encode(), "base64").subarray(0, -4);
    const frameEnd = content.length - 8;
    const columns = zstdDecompressSync(content.subarray(41, frameEnd));
    const changed = change(columns);
    const frame = zstdCompressSync(changed instanceof Buffer ? changed : columns);
    content.writeUInt32LE(frame.length, 37);
    const manifest = Manifest.decode(
      sealed(Buffer.concat([content.subarray(0, 41), frame, content.subarray(frameEnd)])),
    );
    expect(() => [...manifest]).toThrow("is damaged");
  });

  test("that would unpack to far more than its entries need is refused before it does", async () => {
    const mebibyte = Buffer.alloc(2 ** 20);
    const frame = await buffer(Readable.from(Array(300).fill(mebibyte)).pipe(createZstdCompress()));
    const head = Buffer.from(bytes.subarray(0, 41));
    head.writeUInt32LE(1, 33);
    head.writeUInt32LE(frame.length, 37);
    const manifest = Manifest.decode(sealed(Buffer.concat([head, frame])));
    const before = process.resourceUsage().maxRSS;
    expect(() => manifest.get("a")).toThrow("is damaged");
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(100 * 1024);
  });
});

describe("a text of a newer version", () => {
  const newer = "this state was written by a newer version of pulumi-cloudflare-kv: install that or newer";

  test.each([
    ["much", recorded],
    ["nothing", "AQ=="],
  ])("is refused with the remedy, also where %s follows the version", (_what, text) => {
    const content = Buffer.from(text, "base64");
    content.writeUInt8(2, 0);
    expect(() => Manifest.decode(sealed(content))).toThrow(new InputError(newer));
  });
});

/** Reads as the page in the code says, believing everything. */
function readByThePage(text: string): unknown[] {
  const bytes = Buffer.from(text, "base64");
  const [n, f] = [bytes.readUInt32LE(33), bytes.readUInt32LE(37)];
  const columns = zstdDecompressSync(bytes.subarray(41, 41 + f));
  let hashAt = 41 + f;
  let restAt = 17 * n;
  let key = Buffer.alloc(0);
  return Array.from({ length: n }, (_, i) => {
    const [shared, length] = [columns.readUInt16LE(n + 2 * i), columns.readUInt16LE(3 * n + 2 * i)];
    key = Buffer.concat([key.subarray(0, shared), columns.subarray(restAt, restAt + length - shared)]);
    restAt += length - shared;
    const hash = columns[i] === 1 ? bytes.readBigUInt64LE(hashAt) : undefined;
    if (columns[i] === 1) hashAt += 8;
    const [ttl, expiresAt, metadataHash] = [5, 9, 13].map((column) => columns.readUInt32LE(column * n + 4 * i));
    return [key.toString(), { hash, metadataHash, ttl, expiresAt }];
  });
}

function generated(keys: KeyKind): Manifest {
  const entries = [...generateEntries({ entries: 10_000, keys })];
  return manifestOf(entries.map(({ key, value }) => [key, { ...plain, hash: entryHash(value, null) }]));
}

function bytesOf(manifest: Manifest): number {
  return Buffer.byteLength(manifest.encode(), "base64");
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return copy;
}

/** The text of a manifest whose checksum fits. */
function sealed(content: Buffer): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(content));
  return Buffer.concat([content, checksum]).toString("base64");
}

/** The sentence that it is refused with; undefined when it is not. Anything else is no refusal. */
function refusal(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
