import { isUtf8 } from "node:buffer";
import type { EntryCollector } from "./declared-entry";
import { parseJson } from "./json-text";
import { type ChunkRemainder, decodeUtf8, reasons, type TextReader, textPlace, textPosition } from "./text";

const newline = 0x0a;

/** Reads an entry a line. A line that cannot be read does not end the reading; blank lines mean nothing. */
export class NdjsonReader implements TextReader {
  readonly isDone = false;
  readonly #name: string;
  readonly #collector: EntryCollector;
  readonly #remainder: ChunkRemainder;
  /** The number of the last line that was read. */
  #line = 0;

  constructor(name: string, collector: EntryCollector, remainder: ChunkRemainder) {
    this.#name = name;
    this.#collector = collector;
    this.#remainder = remainder;
  }

  push(chunk: Buffer): void {
    const end = chunk.indexOf(newline);
    if (end < 0) {
      this.#remainder.keep(chunk);
      return;
    }
    this.#complete(chunk.subarray(0, end));
    const last = chunk.lastIndexOf(newline);
    if (last > end) this.#read(chunk.subarray(end + 1, last));
    this.#remainder.keep(chunk.subarray(last + 1));
  }

  end(): void {
    this.#complete(Buffer.alloc(0));
  }

  /** Reads the line that an earlier chunk began. */
  #complete(end: Buffer): void {
    const isTooLong = this.#remainder.isTooLong;
    const line = this.#remainder.take(end);
    if (!isTooLong) {
      this.#read(line);
      return;
    }
    this.#line++;
    this.#refuse(1, reasons.tooLong);
  }

  /** Decodes all lines at once if it can. */
  #read(lines: Buffer): void {
    if (isUtf8(lines)) {
      this.#readText(lines.toString("utf8"));
      return;
    }
    for (let start = 0, end = 0; end >= 0; start = end + 1) {
      end = lines.indexOf(newline, start);
      this.#readBytes(lines.subarray(start, end < 0 ? lines.length : end));
    }
  }

  #readText(lines: string): void {
    for (let start = 0, end = 0; end >= 0; start = end + 1) {
      end = lines.indexOf("\n", start);
      this.#readLine(lines.slice(start, end < 0 ? lines.length : end));
    }
  }

  #readBytes(line: Buffer): void {
    const { text, isWhole } = decodeUtf8(line);
    if (isWhole) {
      this.#readLine(text);
      return;
    }
    this.#line++;
    this.#refuse(text.length + 1, reasons.notUtf8);
  }

  #readLine(text: string): void {
    this.#line++;
    const parsed = parseJson(text);
    if ("value" in parsed) this.#collector.add(parsed.value, textPosition(this.#line), text);
    else if (!/^[ \t\r]*$/.test(text)) this.#refuse(parsed.errorAt + 1, reasons.notJson);
  }

  #refuse(column: number, reason: string): void {
    this.#collector.refuse(textPlace(this.#name, textPosition(this.#line, column)), reason);
  }
}
