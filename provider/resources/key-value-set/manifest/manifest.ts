import { createHash, hash } from "node:crypto";
import { canonicalJson, canonicalText } from "../../json";
import { type Decoded, decodeEntries, encodeEntries, hashBytes, type ManifestEntry } from "./format";

/**
 * What a set knows to be in the store, by key: the record of what it may delete, too.
 * A million entries with keys of 36 bytes take some 150 MiB.
 */
export class Manifest implements Iterable<[key: string, entry: ManifestEntry]> {
  /** What was decoded and not looked into yet. */
  #unopened: Decoded | undefined;
  /** The number of each key's row. The rows of deleted keys stay unused. */
  readonly #rowOfKey = new Map<string, number>();
  #rows = new DataView(new ArrayBuffer(0));
  #rowCount = 0;
  #sortedKeys: readonly string[] | undefined;
  /** False where no key is declared to expire at a time; a key that was deleted may have been the last. */
  #mayExpire = false;
  /** The same of times to live. */
  #hasTtl = false;
  #digest: string | undefined;
  /** As it was decoded, while nothing has changed. */
  #text: string | undefined;

  static empty(): Manifest {
    return new Manifest();
  }

  /**
   * Size and digest are read at once; the entries when they are first asked for.
   *
   * @throws InputError, here or then, when the text is damaged or of a newer version; the sentence says what to do.
   */
  static decode(text: string): Manifest {
    const manifest = new Manifest();
    manifest.#unopened = decodeEntries(text);
    manifest.#digest = manifest.#unopened.digest;
    manifest.#text = text;
    return manifest;
  }

  get size(): number {
    return this.#unopened?.size ?? this.#rowOfKey.size;
  }

  get(key: string): ManifestEntry | undefined {
    const row = this.#open().get(key);
    return row === undefined ? undefined : this.#read(row);
  }

  has(key: string): boolean {
    return this.#open().has(key);
  }

  /**
   * Compares each key, in no order, with what is stored according to the other manifest: nothing, the same, or
   * something else. The end of a time to live may differ.
   */
  compare(stored: Manifest, visit: (key: string, found: "nothing" | "same" | "other") => void): void {
    const theirRows = stored.#open();
    for (const [key, row] of this.#open()) {
      const theirs = theirRows.get(key);
      if (theirs === undefined) visit(key, "nothing");
      else visit(key, this.#isSameRow(rowBytes * row, stored, rowBytes * theirs) ? "same" : "other");
    }
  }

  /** Whether the key has just this entry. */
  isAs(key: string, { hash, ttl, expiresAt }: ManifestEntry): boolean {
    const row = this.#open().get(key);
    if (row === undefined) return false;
    const at = rowBytes * row;
    const isSameTime =
      this.#rows.getUint32(at + ttlOffset) === ttl && this.#rows.getUint32(at + expiresAtOffset) === expiresAt;
    return isSameTime && this.#rows.getBigUint64(at) === hash;
  }

  /** Unix seconds; 0 where it never expires, or has a time to live. */
  expiration(key: string): number {
    const rows = this.#open();
    const row = this.#mayExpire ? rows.get(key) : undefined;
    if (row === undefined || this.#rows.getUint32(rowBytes * row + ttlOffset) > 0) return 0;
    return this.#rows.getUint32(rowBytes * row + expiresAtOffset);
  }

  /** @param key well-formed, of at most 512 bytes of UTF-8. */
  set(key: string, entry: ManifestEntry): void {
    requireTimes(entry);
    this.#open();
    this.#digest = this.#text = undefined;
    this.#put(key, entry);
  }

  /** The same for a key that is new; false where it is not. */
  add(key: string, entry: ManifestEntry): boolean {
    requireTimes(entry);
    if (this.#open().has(key)) return false;
    this.#digest = this.#text = undefined;
    this.#write(this.#add(key), entry);
    return true;
  }

  /** True where a key has a time to live. */
  get hasTtl(): boolean {
    this.#open();
    return this.#hasTtl;
  }

  /** True where this key has one. */
  hasTtlOf(key: string): boolean {
    const row = this.#open().get(key);
    return row !== undefined && this.#rows.getUint32(rowBytes * row + ttlOffset) > 0;
  }

  /** Takes over what the other manifest has of the key. Where there is a time to live, it begins now. */
  copy(key: string, from: Manifest, now: number): void {
    const row = from.#open().get(key);
    if (row === undefined) return;
    this.#open();
    this.#digest = this.#text = undefined;
    const at = rowBytes * (this.#rowOfKey.get(key) ?? this.#add(key));
    const theirs = rowBytes * row;
    for (let byte = 0; byte < rowBytes; byte += 4) this.#rows.setUint32(at + byte, from.#rows.getUint32(theirs + byte));
    this.#mayExpire ||= from.#mayExpire;
    this.#hasTtl ||= from.#hasTtl;
    const ttl = this.#rows.getUint32(at + ttlOffset);
    if (ttl > 0) this.#rows.setUint32(at + expiresAtOffset, now + ttl);
  }

  /** Nobody knows any more what is stored under the key. */
  doubt(key: string): void {
    const entry = this.get(key);
    if (entry) this.set(key, { ...entry, hash: undefined });
  }

  delete(key: string): boolean {
    const isDeleted = this.#open().delete(key);
    if (isDeleted) this.#digest = this.#text = this.#sortedKeys = undefined;
    return isDeleted;
  }

  /** Sorted by their UTF-8 bytes, as the API lists keys. */
  keys(): readonly string[] {
    this.#sortedKeys ??= sortKeys([...this.#open().keys()]);
    return this.#sortedKeys;
  }

  /** In the order of {@link keys}. */
  *[Symbol.iterator](): Generator<[key: string, entry: ManifestEntry]> {
    for (const key of this.keys()) {
      const entry = this.get(key);
      if (entry) yield [key, entry];
    }
  }

  /**
   * SHA-256 of what is declared, in hexadecimal digits: keys, hashes, times to live and expirations, but not when
   * a time to live ends. Equal digests mean that the store has exactly what is declared.
   */
  digest(): string {
    // Whoever asks is about to write the manifest down: both are made at once.
    if (this.#digest === undefined) this.encode();
    return this.#digest ?? "";
  }

  /** A text for the state, to be kept secret: its hashes allow to guess short values. */
  encode(): string {
    if (this.#text !== undefined) return this.#text;
    const { text, digest } = encodeEntries(this);
    this.#digest = digest;
    this.#text = text;
    return text;
  }

  /** How long the text of {@link withoutHashes} is, within a few bytes for each thousand keys. */
  lengthWithoutHashes(): number {
    return this.encode().length - Math.ceil((this.size * hashBytes * 4) / 3);
  }

  /** The same keys, with nothing known of their values: much shorter when encoded, and all to be written again. */
  withoutHashes(): Manifest {
    const manifest = new Manifest();
    for (const [key, entry] of this) manifest.#put(key, { ...entry, hash: undefined });
    return manifest;
  }

  #open(): Map<string, number> {
    if (this.#unopened) {
      for (const [key, entry] of this.#unopened.entries()) this.#write(this.#add(key), entry);
      this.#unopened = undefined;
      this.#sortedKeys = [...this.#rowOfKey.keys()];
    }
    return this.#rowOfKey;
  }

  #put(key: string, entry: ManifestEntry): void {
    this.#write(this.#rowOfKey.get(key) ?? this.#add(key), entry);
  }

  #write(row: number, { hash, metadataHash, ttl, expiresAt }: ManifestEntry): void {
    const at = rowBytes * row;
    this.#mayExpire ||= ttl === 0 && expiresAt > 0;
    this.#hasTtl ||= ttl > 0;
    this.#rows.setBigUint64(at, hash ?? 0n);
    this.#rows.setUint32(at + metadataHashOffset, metadataHash);
    this.#rows.setUint32(at + ttlOffset, ttl);
    this.#rows.setUint32(at + expiresAtOffset, expiresAt);
  }

  #add(key: string): number {
    const row = this.#rowCount++;
    this.#rowOfKey.set(key, row);
    this.#sortedKeys = undefined;
    const { buffer } = this.#rows;
    const bytes = rowBytes * this.#rowCount;
    if (bytes > buffer.byteLength) this.#rows = new DataView(buffer.transfer(2 * bytes));
    return row;
  }

  #isSameRow(at: number, other: Manifest, theirs: number): boolean {
    const isSame = (offset: number) => this.#rows.getUint32(at + offset) === other.#rows.getUint32(theirs + offset);
    const isKnown = this.#rows.getUint32(at) !== 0 || this.#rows.getUint32(at + 4) !== 0;
    const hasTtl = this.#rows.getUint32(at + ttlOffset) > 0;
    return isKnown && isSame(0) && isSame(4) && isSame(ttlOffset) && (hasTtl || isSame(expiresAtOffset));
  }

  #read(row: number): ManifestEntry {
    const at = rowBytes * row;
    return {
      hash: this.#rows.getBigUint64(at) || undefined,
      metadataHash: this.#rows.getUint32(at + metadataHashOffset),
      ttl: this.#rows.getUint32(at + ttlOffset),
      expiresAt: this.#rows.getUint32(at + expiresAtOffset),
    };
  }
}

/** A row has the hash first. */
const metadataHashOffset = 8;
const ttlOffset = 12;
const expiresAtOffset = 16;
const rowBytes = 20;

/**
 * The first 8 bytes, never 0, of SHA-256 over the metadata as canonical JSON (RFC 8785), or nothing where there is
 * none, a zero byte, which no JSON contains, and the value's bytes.
 */
export function entryHash(value: Buffer | string, metadata: unknown): bigint {
  return hashOf(`${canonicalMetadata(metadata)}\0`, value);
}

/** The same of a value that is JSON, by what it means: another hash than that of any text. Undefined where it is none. */
export function jsonEntryHash(value: Buffer | string, metadata: unknown): bigint | undefined {
  const json = canonicalText(value.toString());
  return json === undefined ? undefined : hashOf(`json\0${canonicalMetadata(metadata)}\0`, json);
}

/** The hash that a found value has, in the way of the known one where that is a hash of the same JSON. */
export function hashAs(known: bigint | undefined, value: Buffer | string, metadata: unknown): bigint {
  const hash = entryHash(value, metadata);
  const isSame = known === undefined || hash === known || jsonEntryHash(value, metadata) !== known;
  return isSame ? hash : known;
}

function hashOf(frame: string, value: Buffer | string): bigint {
  const digest =
    typeof value === "string"
      ? hash("sha256", frame + value)
      : createHash("sha256").update(frame).update(value).digest("hex");
  return BigInt(`0x${digest.slice(0, 16)}`) || 1n;
}

/** The first 4 bytes, otherwise never 0, of SHA-256 over the metadata as canonical JSON; 0 where there is none. */
export function metadataHash(metadata: unknown): number {
  const json = canonicalMetadata(metadata);
  return json === "" ? 0 : Number.parseInt(hash("sha256", json).slice(0, 8), 16) || 1;
}

/** Null is the same as none. */
function canonicalMetadata(metadata: unknown): string {
  return metadata === undefined || metadata === null ? "" : canonicalJson(metadata);
}

/** By UTF-8 bytes. JavaScript's own order, UTF-16, differs in one thing: it has surrogates before U+E000. */
export function sortKeys(keys: string[]): string[] {
  return keys.some((key) => /[\ud800-\udfff]/.test(key)) ? keys.sort(compareCodePoints) : keys.sort();
}

/** For a sort by UTF-8 bytes. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = rank(a.charCodeAt(index)) - rank(b.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** A surrogate is half of a character beyond all that have one unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function requireTimes({ ttl, expiresAt }: ManifestEntry): void {
  if (ttl >>> 0 !== ttl || expiresAt >>> 0 !== expiresAt) {
    throw new RangeError(`A manifest holds seconds from 0 to ${2 ** 32 - 1}, not ${ttl} and ${expiresAt}`);
  }
}
