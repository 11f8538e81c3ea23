import { limits } from "./limits";

/** An element of a bulk body. */
export interface BulkItem {
  readonly key: string;
  /** As it stands in the body. */
  readonly json: string;
}

/** The items of one request. Only the body has them: beside it, large values would be in memory twice. */
export class Batch {
  readonly keys: readonly string[];
  readonly body: Buffer;
  /** Where each item ends in the body. */
  readonly #ends: readonly number[];

  private constructor(keys: readonly string[], body: Buffer, ends: readonly number[]) {
    this.keys = keys;
    this.body = body;
    this.#ends = ends;
  }

  static of(items: readonly BulkItem[], bytes = bodyBytes(items)): Batch {
    const body = Buffer.allocUnsafe(bytes);
    const ends: number[] = [];
    let end = body.write("[");
    for (const { json } of items) {
      if (ends.length > 0) end += body.write(",", end);
      end += body.write(json, end);
      ends.push(end);
    }
    body.write("]", end);
    return new Batch(
      items.map(({ key }) => key),
      body,
      ends,
    );
  }

  /** What it was made of. */
  items(): BulkItem[] {
    const startOf = (index: number) => 1 + (this.#ends[index - 1] ?? 0);
    return this.keys.map((key, index) => ({
      key,
      json: this.body.toString("utf8", startOf(index), this.#ends[index]),
    }));
  }

  /** The first so many items, and the rest if there is one. */
  cutAt(count: number): Batch[] {
    if (count >= this.keys.length) return [this];
    const items = this.items();
    return [Batch.of(items.slice(0, count)), Batch.of(items.slice(count))];
  }
}

/** Items as they come: one by one, or, where that takes waiting, some at a time. */
export type Items = Iterable<BulkItem> | AsyncIterable<readonly BulkItem[]>;

/** Takes batches from a source, and nothing before there is a batch for it. */
export class Batcher {
  readonly #source: Iterator<BulkItem> | undefined;
  readonly #chunks: AsyncIterator<readonly BulkItem[]> | undefined;
  #chunk: Iterator<BulkItem> = [][Symbol.iterator]();
  /** What did not fit. */
  #ahead: BulkItem | undefined;
  #isDone = false;

  constructor(items: Items) {
    if (Symbol.asyncIterator in items) this.#chunks = items[Symbol.asyncIterator]();
    else this.#chunk = this.#source = items[Symbol.iterator]();
  }

  /** True when there is nothing left to take, once somebody has tried. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** As much as fits; an item that is larger comes alone. */
  async take(size: Pick<BatchSize, "items" | "bytes">): Promise<Batch | undefined> {
    const items: BulkItem[] = [];
    let bytes = brackets;
    while (items.length < size.items) {
      const item = this.#ahead ?? this.#next();
      if (!item && this.#isDone) break;
      if (!item) {
        await this.#fetch();
        continue;
      }
      const withItem = bytes + itemBytes(item, items.length);
      this.#ahead = items.length > 0 && withItem > size.bytes ? item : undefined;
      if (this.#ahead) break;
      items.push(item);
      bytes = withItem;
    }
    return items.length > 0 ? Batch.of(items, bytes) : undefined;
  }

  /** Ends a source that was not read to its end. */
  async close(): Promise<void> {
    if (this.#isDone) return;
    this.#source?.return?.();
    await this.#chunks?.return?.();
  }

  /** Undefined when the chunk is at its end. */
  #next(): BulkItem | undefined {
    const next = this.#chunk.next();
    if (!next.done) return next.value;
    this.#isDone ||= this.#chunks === undefined;
    return undefined;
  }

  async #fetch(): Promise<void> {
    const next = await this.#chunks?.next();
    if (!next || next.done) this.#isDone = true;
    else this.#chunk = next.value[Symbol.iterator]();
  }
}

const brackets = 2;

function bodyBytes(items: readonly BulkItem[]): number {
  return items.reduce((bytes, item, index) => bytes + itemBytes(item, index), brackets);
}

/** With the comma before it. */
function itemBytes({ json }: BulkItem, index: number): number {
  return Buffer.byteLength(json) + (index > 0 ? 1 : 0);
}

/** UTF-8 bytes of a request's body: with larger ones the API was seen to run out of time (524). */
export const maxBodyBytes = 8 * 1024 * 1024;
/** In flight at once. */
export const maxRequests = 8;

/** Smaller limits of size are nobody's: a body refused below was refused for what it holds. */
const minBodyBytes = 1024 * 1024;
const firstItems = 1000;
const growth = 10;
/** An answer within this time leaves room for ten times the items before any timeout. */
const quickMs = 2000;

/**
 * How much the next request holds, learned from the answers. The first request travels alone and is small, so that a
 * refused credential, a missing namespace or a slow API costs little; a quick answer opens the way.
 */
export class BatchSize {
  #items = firstItems;
  #bytes = maxBodyBytes;
  #requests = 1;

  get items(): number {
    return this.#items;
  }

  /** UTF-8 bytes of the body. */
  get bytes(): number {
    return this.#bytes;
  }

  /** In flight at once. */
  get requests(): number {
    return this.#requests;
  }

  accepted(items: number, tookMs: number): void {
    this.#requests = maxRequests;
    if (tookMs <= quickMs) this.#items = Math.max(this.#items, Math.min(items * growth, limits.maxBulkPairs));
  }

  tooSlow(items: number): void {
    this.#items = Math.min(this.#items, Math.ceil(items / 2));
  }

  /** For good: a limit of size is somebody's configuration, and does not pass by itself. */
  tooLarge(bytes: number): void {
    this.#bytes = Math.min(this.#bytes, Math.max(Math.ceil(bytes / 2), minBodyBytes));
  }
}
