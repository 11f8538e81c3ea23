import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import type { Asset } from "../../../pulumi/asset";
import { isSystemError, requireSameHash, systemReason } from "../../asset-content";
import { type Batch, EntryCollector } from "./declared-entry";
import { DelimitedReader } from "./delimited";
import { JsonReader } from "./json-reader";
import { NdjsonReader } from "./ndjson";
import { type OpenOptions, type Source, textFormat } from "./source";
import { beginsWith, byteOrderMark, ChunkRemainder, type TextReader, textPlace } from "./text";
import { formatOfHead, formatOfName, type Head, likeness, type TextFormat } from "./text-format";
import { UnreadableError, utf8Of } from "./unpack";

/** Enough to make the cost of a read vanish; more only takes memory. */
const readBytes = 256 * 1024;

/** More than the longest value takes, were it all escapes and in base64. */
const longestEntryBytes = 256 * 1024 * 1024;

/** Entries in a file or a text, in any format. */
export class TextSource implements Source {
  readonly #asset: Asset;
  readonly #name: string;
  readonly #options: OpenOptions;

  /** @param name what places begin with; the file's path unless it is given. */
  constructor(asset: Asset, options: OpenOptions, name = asset.path || "source") {
    this.#asset = asset;
    this.#name = name;
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
      this.#options,
      this.#options.remarks,
    );
    try {
      yield* this.#read(collector);
    } catch (error) {
      if (error instanceof UnreadableError) collector.refuse(this.#name, error.message);
      else if (isSystemError(error)) collector.refuse(this.#name, `cannot be read: ${systemReason(error)}`);
      else throw error;
    }
    yield collector.drain();
  }

  async *#read(collector: EntryCollector): AsyncGenerator<Batch> {
    const { chunkBytes = readBytes, maxEntryBytes = longestEntryBytes } = this.#options;
    // Opening a pipe would wait for its other end.
    if (this.#asset.path && !(await stat(this.#asset.path)).isFile()) {
      return collector.refuse(this.#name, "is not a file");
    }
    const { path } = this.#asset;
    const reader = new EntriesReader(
      { name: this.#name, path, format: textFormat(this.#options.format) },
      collector,
      maxEntryBytes,
    );
    for await (const chunk of utf8Of(verified(this.#asset, chunksOf(this.#asset, chunkBytes)))) {
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

/** Reads a text of any format. Without one that is given, its name and its beginning show it. */
export class EntriesReader implements TextReader {
  readonly #name: string;
  readonly #path: string | undefined;
  readonly #collector: EntryCollector;
  readonly #maxEntryBytes: number;
  readonly #format: TextFormat | undefined;
  #head: Buffer = Buffer.alloc(0);
  #reader: TextReader | undefined;
  #isRefused = false;

  constructor(
    {
      name,
      path,
      format,
    }: { readonly name: string; readonly path?: string | undefined; readonly format?: TextFormat | undefined },
    collector: EntryCollector,
    maxEntryBytes: number,
  ) {
    this.#name = name;
    this.#path = path;
    this.#format = format ?? formatOfName(path);
    this.#collector = collector;
    this.#maxEntryBytes = maxEntryBytes;
  }

  get isDone(): boolean {
    return this.#isRefused || (this.#reader?.isDone ?? false);
  }

  push(chunk: Buffer): void {
    if (this.#reader) this.#reader.push(chunk);
    else this.#pushHead(Buffer.concat([this.#head, chunk]), false);
  }

  end(): void {
    if (!this.#reader) this.#pushHead(this.#head, true);
    if (!this.isDone) this.#reader?.end();
  }

  /** Until it shows what it is, the beginning waits. */
  #pushHead(head: Buffer, isWhole: boolean): void {
    this.#head = head;
    if (head.length < byteOrderMark.length && !isWhole) return;
    const text = withoutMark(head);
    const format = this.#formatOf({ text: text.toString("utf8"), isWhole });
    if (format === undefined) return;
    this.#head = Buffer.alloc(0);
    if (typeof format === "string") {
      this.#reader = this.#open(format);
      this.#reader.push(text);
    } else {
      this.#isRefused = true;
      this.#collector.refuse(this.#name, format.problem);
    }
  }

  /** One that is given is only held against how the text begins. */
  #formatOf(head: Head): ReturnType<typeof formatOfHead> {
    const given = this.#format;
    const first = /[^ \t\r\n]/.exec(head.text)?.[0];
    if (given === undefined) return formatOfHead(head, this.#path);
    if (first === undefined && !head.isWhole && head.text.length < readBytes) return undefined;
    if (first === undefined || (beginnings[given] ?? first) === first) return given;
    const found =
      first === "[" ? "looks like a JSON array" : first === "{" ? "looks like JSON objects" : likeness(head.text);
    return { problem: `${found}, and format says ${given}` };
  }

  #open(format: TextFormat): TextReader {
    const remainder = new ChunkRemainder(this.#maxEntryBytes);
    switch (format) {
      case "ndjson":
        return new NdjsonReader(this.#name, this.#collector, remainder);
      case "csv":
      case "tsv":
        return new DelimitedReader(format, this.#name, this.#collector, this.#maxEntryBytes);
      default:
        return new JsonReader(format, this.#name, this.#collector, remainder);
    }
  }
}

/** What each format begins with, where that is sure. */
const beginnings: Readonly<Partial<Record<TextFormat, string>>> = { json: "[", map: "{" };

function withoutMark(head: Buffer): Buffer {
  return beginsWith(head, byteOrderMark) ? head.subarray(byteOrderMark.length) : head;
}
