import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import type { Asset } from "../../../pulumi/asset";
import { isSystemError, requireSameHash, systemReason } from "../../asset-content";
import type { Batch } from "./declared-entry";
import { EntriesReader } from "./entries-reader";
import { EntryCollector } from "./entry-collector";
import type { Source, SourceOptions } from "./source";
import { textPlace } from "./text-place";

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
