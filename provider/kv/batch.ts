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

/** Takes batches from a source, and no item before there is a batch for it. */
export class Batcher<Item extends BulkItem> {
  readonly #iterator: Iterator<Item> | AsyncIterator<Item>;
  /** What did not fit. */
  #ahead: Item | undefined;
  #isDone = false;

  constructor(items: Iterable<Item> | AsyncIterable<Item>) {
    this.#iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
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
      const item = this.#ahead ?? (await this.#pull());
      if (!item) break;
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
    if (!this.#isDone) await this.#iterator.return?.();
  }

  async #pull(): Promise<Item | undefined> {
    if (this.#isDone) return undefined;
    const next = await this.#iterator.next();
    if (!next.done) return next.value;
    this.#isDone = true;
    return undefined;
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
