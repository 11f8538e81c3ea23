import type { EntryCollector } from "./declared-entry";
import { parseJson } from "./json-text";
import { type ChunkRemainder, Cursor, decodeUtf8, reasons, type TextReader, textPlace } from "./text";

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const space = 0x20;

const notBlank = /[^ \t\n\r]/;
/** Of a member of an object, up to its value. */
const memberName = /^\s*"(?:[^"\\]|\\.)*"\s*:/s;

/** Whose elements are entries: a list of them, or an object that has each under its key. */
export type JsonForm = "json" | "map";

/**
 * Reads a JSON array, or object, entry by entry. What stands between two commas is left to `JSON.parse`: here only
 * strings and brackets are followed. The first error ends the reading.
 */
export class JsonReader implements TextReader {
  readonly #form: JsonForm;
  readonly #open: number;
  readonly #close: number;
  readonly #name: string;
  readonly #collector: EntryCollector;
  readonly #remainder: ChunkRemainder;
  readonly #cursor = new Cursor();
  /** What closes the objects and lists that are open. */
  readonly #closers: number[] = [];
  #isInString = false;
  /** How many bytes of the next chunk an escape at the end of this one covers. */
  #escapedBytes = 0;
  #stage: "before" | "first" | "inside" | "after" | "failed" = "before";

  constructor(form: JsonForm, name: string, collector: EntryCollector, remainder: ChunkRemainder) {
    this.#form = form;
    [this.#open, this.#close] = form === "json" ? [openBracket, closeBracket] : [openBrace, closeBrace];
    this.#name = name;
    this.#collector = collector;
    this.#remainder = remainder;
  }

  get isDone(): boolean {
    return this.#stage === "failed";
  }

  push(chunk: Buffer): void {
    let start = this.#stage === "before" ? this.#enter(chunk) : 0;
    while (this.#stage === "first" || this.#stage === "inside") {
      const end = this.#elementEnd(chunk, start);
      if (end < 0) {
        this.#keep(chunk.subarray(start));
        return;
      }
      this.#readElement(this.#remainder.take(chunk.subarray(start, end)), chunk[end]);
      start = end + 1;
    }
    if (this.#stage === "after") this.#readAfter(chunk.subarray(start));
  }

  end(): void {
    if (this.#stage !== "after" && !this.isDone) this.#readElement(this.#remainder.take(Buffer.alloc(0)), undefined);
  }

  #enter(chunk: Buffer): number {
    const start = chunk.indexOf(this.#open) + 1;
    this.#cursor.advance(chunk.toString("latin1", 0, start));
    this.#stage = "first";
    return start;
  }

  #keep(bytes: Buffer): void {
    this.#remainder.keep(bytes);
    if (this.#remainder.isTooLong) this.#fail("", reasons.tooLong);
  }

  /** Where the element ends: at its comma, at a bracket that is not its own, or where its string is broken. */
  #elementEnd(chunk: Buffer, start: number): number {
    let at = this.#isInString ? this.#pastString(chunk, start) : start;
    while (at < chunk.length && !this.#isInString && !this.#isEnd(chunk[at])) {
      at = chunk[at] === quote ? this.#pastString(chunk, at + 1) : at + 1;
    }
    return at < chunk.length ? at : -1;
  }

  /** Past the closing quote, or to where no string can go on, or to the end of the chunk, where it may go on. */
  #pastString(chunk: Buffer, start: number): number {
    let at = start + this.#escapedBytes;
    while (at < chunk.length) {
      const byte = chunk[at] as number;
      if (byte === quote || byte < space) break;
      at += byte === backslash ? 2 : 1;
    }
    this.#isInString = chunk[at] !== quote;
    this.#escapedBytes = Math.max(0, at - chunk.length);
    return this.#isInString ? at : at + 1;
  }

  #isEnd(byte: number | undefined): boolean {
    switch (byte) {
      case openBrace:
        this.#closers.push(closeBrace);
        return false;
      case openBracket:
        this.#closers.push(closeBracket);
        return false;
      case closeBrace:
      case closeBracket:
        if (this.#closers.at(-1) !== byte) return true;
        this.#closers.pop();
        return false;
      case comma:
        return this.#closers.length === 0;
      default:
        return false;
    }
  }

  #readElement(bytes: Buffer, end: number | undefined): void {
    const { text, isWhole } = decodeUtf8(bytes);
    const isEmpty = this.#stage === "first" && end === this.#close && !notBlank.test(text);
    if (!isWhole) this.#fail(text, reasons.notUtf8);
    else if (isEmpty) this.#cursor.advance(text);
    else this.#parseElement(text);
    if (!this.isDone) this.#goPast(end);
  }

  #parseElement(text: string): void {
    // A member of an object is no JSON by itself.
    const [before, after] = this.#form === "json" ? ["", ""] : ["{", "}"];
    const parsed = parseJson(before + text + after);
    if ("errorAt" in parsed) {
      this.#fail(text.slice(0, Math.max(0, parsed.errorAt - before.length)), reasons.notJson);
      return;
    }
    const start = text.search(notBlank);
    this.#cursor.advance(text.slice(0, start));
    if (this.#form === "json") this.#collector.add(parsed.value, this.#cursor.position, text);
    else this.#addMember(parsed.value as object, text);
    this.#cursor.advance(text.slice(start));
  }

  #addMember(object: object, text: string): void {
    const [name, value] = Object.entries(object)[0] ?? [""];
    // Where it is an entry, or JSON, its numbers are held against how they are written.
    const json = typeof value !== "string" ? text.slice(memberName.exec(text)?.[0].length) : "";
    this.#collector.addMember(name, value, this.#cursor.position, json);
  }

  #goPast(end: number | undefined): void {
    if (end !== comma && end !== this.#close) {
      this.#fail("", reasons.notJson);
      return;
    }
    this.#cursor.advance(",");
    this.#stage = end === comma ? "inside" : "after";
  }

  #readAfter(bytes: Buffer): void {
    const text = bytes.toString("latin1");
    const rest = text.search(notBlank);
    if (rest >= 0) this.#fail(text.slice(0, rest), reasons.notJson);
    else this.#cursor.advance(text);
  }

  /** Ends the reading after this much more text. */
  #fail(text: string, reason: string): void {
    this.#cursor.advance(text);
    this.#collector.refuse(textPlace(this.#name, this.#cursor.position), reason);
    this.#stage = "failed";
  }
}
