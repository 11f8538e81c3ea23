import { type Cipheriv, createCipheriv, createHash } from "node:crypto";
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

export const keyKinds = ["paths", "uuid"] as const;

/** `paths`: `/products/shoes/000123/reviews` and its like, numbered. `uuid`: random ones of version 4. */
export type KeyKind = (typeof keyKinds)[number];

/** What a source can be written as. */
export const seedFormats = ["ndjson", "json", "map", "csv", "ndjson.gz", "directory"] as const;
export type SeedFormat = (typeof seedFormats)[number];

export interface GeneratorOptions {
  readonly entries: number;
  readonly keys: KeyKind;
  /** Bytes of each value; 100 when left out. */
  readonly valueBytes?: number;
  /** How many of the first ones have another value than without it. */
  readonly changed?: number;
  /** Another seed gives other values and other UUIDs. */
  readonly seed?: number;
}

export interface GeneratedEntry {
  readonly key: string;
  /** Random letters, digits, `+` and `/`. */
  readonly value: string;
}

/** The same options give the same entries, on every machine; the keys are the same whatever the values are. */
export function* generateEntries(options: GeneratorOptions): Generator<GeneratedEntry> {
  const { entries, keys, valueBytes = 100, changed = 0, seed = 1 } = options;
  const ofKeys = new SeededBytes(`keys ${seed}`);
  const ofValues = new SeededBytes(`values ${seed}`);
  for (let number = 0; number < entries; number++) {
    const value = ofValues
      .take(Math.ceil((valueBytes * 3) / 4))
      .toString("base64")
      .slice(0, valueBytes);
    yield {
      key: keys === "uuid" ? uuid(ofKeys.take(16)) : path(number),
      value: number < changed ? `changed${value.slice("changed".length)}` : value,
    };
  }
}

/** Writes the entries to a file, each a line of JSON, and holds only a few of them. */
export async function writeNdjson(file: string, options: GeneratorOptions): Promise<void> {
  await pipeline(chunks(options, writers.ndjson), createWriteStream(file));
}

/** How an entry is written in a format, and what stands before, between and after them. */
interface Writer {
  readonly before?: string;
  readonly between?: string;
  readonly after?: string;
  of(entry: GeneratedEntry): string;
}

const writers = {
  ndjson: { of: (entry) => `${JSON.stringify(entry)}\n` },
  "ndjson.gz": { of: (entry) => `${JSON.stringify(entry)}\n` },
  json: { before: "[", between: ",\n", after: "]", of: (entry) => JSON.stringify(entry) },
  map: {
    before: "{",
    between: ",\n",
    after: "}",
    of: ({ key, value }) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
  },
  csv: { before: "key,value\n", of: ({ key, value }) => `${key},${value}\n` },
} satisfies Record<string, Writer>;

/** Writes the entries in a format, a file each into a directory. Answers the path: a table needs its name. */
export async function writeSource(path: string, format: SeedFormat, options: GeneratorOptions): Promise<string> {
  if (format === "directory") {
    for (const { key, value } of generateEntries(options)) {
      const file = join(path, key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, value);
    }
    return path;
  }
  const file = `${path}.${format}`;
  const target = createWriteStream(file);
  if (format === "ndjson.gz") await pipeline(chunks(options, writers[format]), createGzip(), target);
  else await pipeline(chunks(options, writers[format]), target);
  return file;
}

function* chunks(options: GeneratorOptions, { before = "", between = "", after = "", of }: Writer): Generator<string> {
  let text = before;
  let separator = "";
  for (const entry of generateEntries(options)) {
    text += separator + of(entry);
    separator = between;
    if (text.length < 1 << 16) continue;
    yield text;
    text = "";
  }
  yield text + after;
}

const products = ["shoes", "shirts", "bags", "hats", "coats", "socks", "belts", "gloves"];
const pages = ["reviews", "stock", "price", "images"];

/** A site's: all pages of a product, all products of a number, then the next number. */
function path(number: number): string {
  const page = number % pages.length;
  const product = Math.floor(number / pages.length) % products.length;
  const item = Math.floor(number / (pages.length * products.length));
  return `/products/${products[product]}/${String(item).padStart(6, "0")}/${pages[page]}`;
}

function uuid(bytes: Buffer): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Random bytes that are the same for the same seed: the keystream of a cipher. */
class SeededBytes {
  readonly #cipher: Cipheriv;
  #block = Buffer.alloc(0);
  #used = 0;

  constructor(seed: string) {
    const key = createHash("sha256").update(seed).digest().subarray(0, 16);
    this.#cipher = createCipheriv("aes-128-ctr", key, Buffer.alloc(16));
  }

  take(length: number): Buffer {
    const isSpent = this.#used + length > this.#block.length;
    if (isSpent) this.#block = this.#cipher.update(Buffer.alloc(Math.max(length, 1 << 16)));
    const start = isSpent ? 0 : this.#used;
    this.#used = start + length;
    return this.#block.subarray(start, this.#used);
  }
}
