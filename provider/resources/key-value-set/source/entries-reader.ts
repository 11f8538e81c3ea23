import { ChunkRemainder } from "./chunk-remainder";
import type { EntryCollector } from "./entry-collector";
import { JsonArrayReader } from "./json-array";
import { NdjsonReader } from "./ndjson";
import type { TextReader } from "./text-reader";

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
