import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { limits } from "../../../kv/limits";
import { InputError } from "../../../pulumi/errors";

/** What a set knows of one key in the store. */
export interface ManifestEntry {
  /** Of value and metadata, as {@link entryHash} gives it; undefined when what is stored is unknown: write it again. */
  readonly hash: bigint | undefined;
  /** Of the metadata alone, as {@link metadataHash} gives it: what a list of keys, which has no values, is checked by. */
  readonly metadataHash: number;
  /** The declared time to live in seconds; 0 for none. */
  readonly ttl: number;
  /** Unix seconds; 0 for never. Where there is a time to live: as computed at the write, or found since. */
  readonly expiresAt: number;
}

/**
 * # The format of a manifest, version 1
 *
 * A manifest is a text: base64 (RFC 4648, padded) of the bytes below. All numbers are unsigned and little-endian.
 * `n` is the number of entries. Entries are sorted by the UTF-8 bytes of their keys, and no key occurs twice.
 *
 * | bytes  | what                                                                                  |
 * |--------|---------------------------------------------------------------------------------------|
 * | 1      | version, 1                                                                            |
 * | 32     | digest of what is declared, see below                                                 |
 * | 4      | n                                                                                     |
 * | 4      | f, the length of the frame                                                            |
 * | f      | one Zstandard frame (RFC 8878), window at most 8 MiB; decompressed it is the columns  |
 * | 8 each | the known hashes in the order of their keys, as they are: noise does not compress     |
 * | 4      | CRC-32 (that of zlib) of all bytes before it                                          |
 *
 * The version stays the first byte and the CRC-32 the last four in every version to come, so that a reader can tell
 * a newer manifest from a damaged one.
 *
 * The columns, one after the other, each with one item an entry:
 *
 * | bytes an entry | column                                                                                       |
 * |----------------|----------------------------------------------------------------------------------------------|
 * | 1              | 1 when the hash is known, 0 when not: then the entry is to be written again                  |
 * | 2              | shared: how many bytes the key begins with that the key before begins with, too; the most    |
 * | 2              | length of the whole key in bytes, at most 512                                                |
 * | 4              | declared time to live in seconds, 0 for none                                                 |
 * | 4              | when the key expires, in unix seconds, 0 for never                                           |
 * | 4              | hash of the metadata, 0 for none                                                             |
 * | length - shared| the rest of the key                                                                          |
 *
 * A hash is a number of 8 bytes and never 0, that of the metadata one of 4: see `entryHash` and `metadataHash`. No
 * value and no metadata is in a manifest, nor can be had from it, other than by guessing.
 *
 * The digest is SHA-256 over: n (4 bytes); the columns known, shared, length and time to live; a column of declared
 * expirations, which is that of the expirations with 0 wherever there is a time to live; the rests of the keys; the
 * known hashes. Two sets have the same digest exactly when they declare the same.
 */
const version = 1;

const headerBytes = 1 + 32 + 4 + 4;
/** Of base64, that hold the header. */
const headerChars = 56;
const checksumBytes = 4;
export const hashBytes = 8;
/** Of all columns but the keys' rests. */
const fixedBytes = 17;
const maxColumnsBytes = 2 ** 30;
/** Of one unit of UTF-16. */
const maxUtf8Bytes = 3;
const keysAtOnce = 1000;

/** Entries sorted by the UTF-8 bytes of their keys. */
export interface SortedEntries extends Iterable<readonly [key: string, entry: ManifestEntry]> {
  readonly size: number;
  keys(): readonly string[];
}

/** A manifest of which only the header has been read. */
export interface Decoded {
  readonly size: number;
  /** In hexadecimal digits. */
  readonly digest: string;
  entries(): Iterable<[key: string, entry: ManifestEntry]>;
}

export function encodeEntries(entries: SortedEntries): { text: string; digest: string } {
  const columns = toColumns(entries);
  const digest = digestColumns(columns);
  const frame = zstdCompressSync(columns.bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  const numbers = Buffer.alloc(4 + 4);
  numbers.writeUInt32LE(columns.size, 0);
  numbers.writeUInt32LE(frame.length, 4);
  const parts = [Buffer.of(version), digest, numbers, frame, columns.hashes];
  const checksum = Buffer.alloc(checksumBytes);
  checksum.writeUInt32LE(parts.reduce((sum, part) => crc32(part, sum), 0));
  return { text: Buffer.concat([...parts, checksum]).toString("base64"), digest: digest.toString("hex") };
}

/**
 * Reads the header, which is quick whatever the size; the rest is read, and checked, when the entries are asked for.
 *
 * @throws InputError, here or then, when the text is damaged, or of a newer version; the sentence says what to do.
 */
export function decodeEntries(text: string): Decoded {
  const header = Buffer.from(text.slice(0, headerChars), "base64");
  // Only the whole tells a newer version from damage.
  if (header.length < headerBytes || header.readUInt8(0) !== version) throw problemOf(Buffer.from(text, "base64"));
  return { size: header.readUInt32LE(33), digest: header.toString("hex", 1, 33), entries: () => decodeAll(text) };
}

function decodeAll(text: string): Iterable<[key: string, entry: ManifestEntry]> {
  const bytes = Buffer.from(text, "base64");
  if (!isWhole(bytes)) throw damaged();
  const frameEnd = headerBytes + bytes.readUInt32LE(37);
  const end = bytes.length - checksumBytes;
  return readEntries(bytes.readUInt32LE(33), bytes.subarray(headerBytes, frameEnd), bytes.subarray(frameEnd, end));
}

function problemOf(bytes: Buffer): InputError {
  return isWhole(bytes) && bytes.readUInt8(0) > version ? tooNew() : damaged();
}

function isWhole(bytes: Buffer): boolean {
  const end = bytes.length - checksumBytes;
  return end >= 1 && crc32(bytes.subarray(0, end)) === bytes.readUInt32LE(end);
}

interface Columns {
  readonly size: number;
  /** As they are compressed, one after the other. */
  readonly bytes: Buffer;
  readonly hashes: Buffer;
}

/** Where each column has the item of an entry. */
function offsets(size: number, row: number) {
  return {
    known: row,
    shared: size + 2 * row,
    length: 3 * size + 2 * row,
    ttl: 5 * size + 4 * row,
    expiresAt: 9 * size + 4 * row,
    metadataHash: 13 * size + 4 * row,
  };
}

function toColumns(entries: SortedEntries): Columns {
  const { size } = entries;
  const keyUnits = entries.keys().reduce((sum, key) => sum + key.length, 0);
  const bytes = Buffer.alloc(fixedBytes * size + maxUtf8Bytes * keyUnits);
  const end = writeKeys(bytes, entries);
  return { size, bytes: bytes.subarray(0, end), hashes: writeNumbers(bytes, entries) };
}

/** Writes of each key what it does not share with the one before, and answers where the last one ends. */
function writeKeys(target: Buffer, entries: SortedEntries): number {
  const { size } = entries;
  let previous: KeyBytes = { bytes: target, start: 0, end: 0 };
  let row = 0;
  let end = fixedBytes * size;
  for (const key of utf8(entries.keys())) {
    const at = offsets(size, row++);
    const length = key.end - key.start;
    const shared = sharedBytes(previous, key);
    if (length > limits.maxKeyBytes) throw new RangeError(`A manifest's keys have at most ${limits.maxKeyBytes} bytes`);
    target.writeUInt16LE(shared, at.shared);
    target.writeUInt16LE(length, at.length);
    for (let index = key.start + shared; index < key.end; index++) target[end++] = key.bytes[index] ?? 0;
    previous = key;
  }
  return end;
}

/** Where the bytes of a key are. */
interface KeyBytes {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Encodes many keys at a time, which takes half as long as one by one. */
function* utf8(keys: readonly string[]): Generator<KeyBytes> {
  for (let from = 0; from < keys.length; from += keysAtOnce) {
    const part = keys.slice(from, from + keysAtOnce);
    const text = part.join("");
    const bytes = Buffer.from(text);
    let end = 0;
    for (const key of part) {
      const start = end;
      end += bytes.length === text.length ? key.length : Buffer.byteLength(key);
      yield { bytes, start, end };
    }
  }
}

function sharedBytes(a: KeyBytes, b: KeyBytes): number {
  const most = Math.min(a.end - a.start, b.end - b.start);
  let shared = 0;
  while (shared < most && a.bytes[a.start + shared] === b.bytes[b.start + shared]) shared++;
  return shared;
}

/** Writes all columns but those of the keys, and answers the known hashes. */
function writeNumbers(target: Buffer, entries: SortedEntries): Buffer {
  const columns = new DataView(target.buffer, target.byteOffset);
  const hashes = new DataView(new ArrayBuffer(hashBytes * entries.size));
  let row = 0;
  let hashesEnd = 0;
  for (const [, { hash, metadataHash, ttl, expiresAt }] of entries) {
    const at = offsets(entries.size, row++);
    columns.setUint32(at.ttl, ttl, true);
    columns.setUint32(at.expiresAt, expiresAt, true);
    columns.setUint32(at.metadataHash, metadataHash, true);
    if (hash === undefined) continue;
    columns.setUint8(at.known, 1);
    hashes.setBigUint64(hashesEnd, hash, true);
    hashesEnd += hashBytes;
  }
  return Buffer.from(hashes.buffer, 0, hashesEnd);
}

function digestColumns({ size, bytes, hashes }: Columns): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(size);
  const { expiresAt } = offsets(size, 0);
  const digest = createHash("sha256").update(count).update(bytes.subarray(0, expiresAt));
  digest.update(declaredExpirations(size, bytes));
  return digest
    .update(bytes.subarray(fixedBytes * size))
    .update(hashes)
    .digest();
}

function declaredExpirations(size: number, bytes: Buffer): Buffer {
  const column = Buffer.alloc(4 * size);
  for (let row = 0; row < size; row++) {
    const { ttl, expiresAt } = offsets(size, row);
    if (bytes.readUInt32LE(ttl) === 0) bytes.copy(column, 4 * row, expiresAt, expiresAt + 4);
  }
  return column;
}

/** Nothing is believed but what was checked: an offset or a length may be anything. */
function* readEntries(size: number, frame: Buffer, hashes: Buffer): Generator<[key: string, entry: ManifestEntry]> {
  const bytes = decompress(frame, size);
  if (bytes.length < fixedBytes * size || hashes.length !== hashBytes * countKnown(bytes, size)) throw damaged();
  const keys = new KeyReader(bytes.subarray(fixedBytes * size));
  const first = offsets(size, 0);
  let hashesEnd = 0;
  for (let row = 0; row < size; row++) {
    const key = keys.read(bytes.readUInt16LE(first.shared + 2 * row), bytes.readUInt16LE(first.length + 2 * row));
    const hash = bytes[first.known + row] === 1 ? hashes.readBigUInt64LE(hashesEnd) : undefined;
    if (hash !== undefined) hashesEnd += hashBytes;
    const metadataHash = bytes.readUInt32LE(first.metadataHash + 4 * row);
    const ttl = bytes.readUInt32LE(first.ttl + 4 * row);
    yield [key, { hash, metadataHash, ttl, expiresAt: bytes.readUInt32LE(first.expiresAt + 4 * row) }];
  }
  if (!keys.isAtEnd) throw damaged();
}

function decompress(frame: Buffer, size: number): Buffer {
  const most = Math.min(size * (fixedBytes + limits.maxKeyBytes), maxColumnsBytes);
  try {
    return zstdDecompressSync(frame, {
      maxOutputLength: Math.max(1, most),
      params: { [constants.ZSTD_d_windowLogMax]: 23 },
    });
  } catch {
    throw damaged();
  }
}

function countKnown(bytes: Buffer, size: number): number {
  let known = 0;
  for (let row = 0; row < size; row++) if (bytes[row] === 1) known++;
  return known;
}

/** Puts keys together again, and sees that they are sorted, each there once. */
class KeyReader {
  readonly #rests: Buffer;
  readonly #key = Buffer.alloc(limits.maxKeyBytes);
  #keyLength = 0;
  #used = 0;
  #isFirst = true;

  constructor(rests: Buffer) {
    this.#rests = rests;
  }

  get isAtEnd(): boolean {
    return this.#used === this.#rests.length;
  }

  read(shared: number, length: number): string {
    const isWithin = shared <= this.#keyLength && length <= limits.maxKeyBytes;
    if (!isWithin || !this.#isAfter(shared, length)) throw damaged();
    const end = this.#used + length - shared;
    this.#rests.copy(this.#key, shared, this.#used, end);
    this.#used = end;
    this.#keyLength = length;
    this.#isFirst = false;
    if (!isUtf8(this.#key.subarray(0, length))) throw damaged();
    return this.#key.toString("utf8", 0, length);
  }

  /** True where the key that shares so much with the last one is behind it in order. */
  #isAfter(shared: number, length: number): boolean {
    if (this.#isFirst) return true;
    const isLonger = shared === this.#keyLength;
    return shared < length && (isLonger || (this.#rests[this.#used] ?? 0) > (this.#key[shared] ?? 0));
  }
}

function tooNew(): InputError {
  return new InputError("this state was written by a newer version of pulumi-cloudflare-kv: install that or newer");
}

function damaged(): InputError {
  return new InputError(
    "the manifest in this state is damaged: restore an earlier state (pulumi stack import), or take the " +
      "resource out of the state (pulumi state delete) and run `pulumi up`, which writes every entry anew and deletes none",
  );
}
