import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import type { Asset } from "../../../pulumi/asset";
import { isSystemError, requireSameHash, systemReason } from "../../asset-content";
import type { Batch } from "./declared-entry";
import { EntryCollector } from "./declared-entry";
import { JsonArrayReader } from "./json-array";
import { NdjsonReader } from "./ndjson";
import type { Source, SourceOptions } from "./source";
import { ChunkRemainder, type TextReader, textPlace } from "./text";

/** Enough to make the cost of a read vanish; more only takes memory. */
const readBytes = 256 * 1024;

/** More than the longest value takes, were it all escapes and in base64. */
const longestEntryBytes = 256 * 1024 * 1024;

/** A JSON array in wrangler's bulk format, or NDJSON of the same objects, as a file or a text. */
export class TextSource implements Source {
  readonly #asset: Asset;
  readonly #name: string;
  readonly #options: SourceOptions;

  constructor(asset: Asset, options: SourceOptions) {
    this.#asset = asset;
    this.#name = asset.path || "source";
    this.#options = options;
  }

  get isHashed(): boolean {
    return Boolean(this.#asset.hash);
  }

  place(position: number): string {
    return textPlace(this.#name, position);
  }

  async verify(): Promise<void> {
    for await (const _ of verified(this.#asset, chunksOf(this.#asset, readBytes)));
  }

  async *batches(): AsyncGenerator<Batch> {
    const collector = new EntryCollector(
      (position, member, reason) => ({
        place: this.place(position),
        reason: member === "" ? reason : `${member} ${reason}`,
      }),
      this.#options.keyPrefix,
    );
    try {
      yield* this.#read(collector);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      collector.refuse(this.#name, `cannot be read: ${systemReason(error)}`);
    }
    yield collector.drain();
  }

  async *#read(collector: EntryCollector): AsyncGenerator<Batch> {
    const { chunkBytes = readBytes, maxEntryBytes = longestEntryBytes } = this.#options;
    // Opening a pipe would wait for its other end.
    if (this.#asset.path && !(await stat(this.#asset.path)).isFile()) {
      return collector.refuse(this.#name, "is not a file");
    }
    const reader = new EntriesReader(this.#name, collector, maxEntryBytes);
    for await (const chunk of verified(this.#asset, chunksOf(this.#asset, chunkBytes))) {
      reader.push(chunk);
      yield collector.drain();
      if (reader.isDone) return;
    }
    reader.end();
  }
}

/** The same chunks; in the end they must have been those that the engine has hashed. */
async function* verified(asset: Asset, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const hash = asset.hash ? createHash("sha256") : undefined;
  for await (const chunk of chunks) {
    hash?.update(chunk);
    yield chunk;
  }
  if (hash) requireSameHash(asset, hash.digest("hex"));
}

/** The memory of a chunk is used again for the next. */
async function* chunksOf({ path, text = "" }: Asset, chunkBytes: number): AsyncGenerator<Buffer> {
  if (path) return yield* fileChunks(path, chunkBytes);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function* fileChunks(path: string, chunkBytes: number): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

const byteOrderMark = Buffer.from("\ufeff");
const openBracket = 0x5b;
const blanks: ReadonlySet<number | undefined> = new Set(Buffer.from(" \t\n\r"));

/** Reads a text of either form: what begins with `[` is a JSON array, all else is NDJSON. */
export class EntriesReader implements TextReader {
  readonly #name: string;
  readonly #collector: EntryCollector;
  readonly #remainder: ChunkRemainder;
  #head: Buffer = Buffer.alloc(0);
  #reader: TextReader | undefined;

  constructor(name: string, collector: EntryCollector, maxEntryBytes: number) {
    this.#name = name;
    this.#collector = collector;
    this.#remainder = new ChunkRemainder(maxEntryBytes);
  }

  get isDone(): boolean {
    return this.#reader?.isDone ?? false;
  }

  push(chunk: Buffer): void {
    if (this.#reader) this.#reader.push(chunk);
    else this.#pushHead(Buffer.concat([this.#head, chunk]));
  }

  end(): void {
    const reader = this.#reader ?? this.#begin();
    reader.end();
  }

  /** Until it shows which form it is, the beginning waits. */
  #pushHead(head: Buffer): void {
    this.#head = head;
    const first = head[firstOfText(head)];
    if (first !== undefined) this.#begin(first).push(withoutMark(head));
  }

  #begin(first?: number): TextReader {
    const Reader = first === openBracket ? JsonArrayReader : NdjsonReader;
    this.#reader = new Reader(this.#name, this.#collector, this.#remainder);
    return this.#reader;
  }
}

function firstOfText(head: Buffer): number {
  const isMarkBegun = head.length < byteOrderMark.length && byteOrderMark.subarray(0, head.length).equals(head);
  if (isMarkBegun) return head.length;
  let at = head.length - withoutMark(head).length;
  while (blanks.has(head[at])) at++;
  return at;
}

function withoutMark(head: Buffer): Buffer {
  const hasMark = head.subarray(0, byteOrderMark.length).equals(byteOrderMark);
  return hasMark ? head.subarray(byteOrderMark.length) : head;
}
