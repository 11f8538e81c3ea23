import type { BatchSize } from "./batch-size";

/** An element of a bulk body. */
export interface BulkItem {
  readonly key: string;
  /** As it stands in the body. */
  readonly json: string;
}

/** The items of one request. */
export class Batch<Item extends BulkItem> {
  readonly items: readonly Item[];
  /** UTF-8 bytes of the body. */
  readonly bytes: number;

  constructor(items: readonly Item[], bytes = bodyBytes(items)) {
    this.items = items;
    this.bytes = bytes;
  }

  body(): Buffer {
    return Buffer.from(`[${this.items.map(({ json }) => json).join()}]`);
  }

  /** The first so many items, and the rest if there is one. */
  cutAt(count: number): Batch<Item>[] {
    if (count >= this.items.length) return [this];
    return [new Batch(this.items.slice(0, count)), new Batch(this.items.slice(count))];
  }
}

/** Items as they come: one by one, or, where that takes waiting, some at a time. */
export type Items<Item> = Iterable<Item> | AsyncIterable<readonly Item[]>;

/** Takes batches from a source, and nothing before there is a batch for it. */
export class Batcher<Item extends BulkItem> {
  readonly #source: Iterator<Item> | undefined;
  readonly #chunks: AsyncIterator<readonly Item[]> | undefined;
  #chunk: Iterator<Item> = [][Symbol.iterator]();
  /** What did not fit. */
  #ahead: Item | undefined;
  #isDone = false;

  constructor(items: Items<Item>) {
    if (Symbol.asyncIterator in items) this.#chunks = items[Symbol.asyncIterator]();
    else this.#chunk = this.#source = items[Symbol.iterator]();
  }

  /** True when there is nothing left to take, once somebody has tried. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** As much as fits; an item that is larger comes alone. */
  async take(size: Pick<BatchSize, "items" | "bytes">): Promise<Batch<Item> | undefined> {
    const items: Item[] = [];
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
    return items.length > 0 ? new Batch(items, bytes) : undefined;
  }

  /** Ends a source that was not read to its end. */
  async close(): Promise<void> {
    if (this.#isDone) return;
    this.#source?.return?.();
    await this.#chunks?.return?.();
  }

  /** Undefined when the chunk is at its end. */
  #next(): Item | undefined {
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
