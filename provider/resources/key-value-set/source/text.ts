import { isUtf8 } from "node:buffer";

/** Reads a text that comes in chunks, whose memory is used again after each. */
export interface TextReader {
  /** True when the rest does not matter any more. */
  readonly isDone: boolean;
  push(chunk: Buffer): void;
  end(): void;
}

/** Why a text cannot be read from some place on. */
export const reasons = {
  notJson: "not valid JSON",
  notUtf8: "not valid UTF-8",
  tooLong: "longer than an entry can be",
};

/** Keeps the beginning of what a later chunk completes. */
export class ChunkRemainder {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True from where it grows too long, and is no longer kept, until it is taken. */
  get isTooLong(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  /** Copies: the chunk's memory is used again. */
  keep(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.isTooLong) this.#parts = [];
    else if (bytes.length > 0) this.#parts.push(Buffer.from(bytes));
  }

  /** All that was kept, and what completes it. */
  take(end: Buffer): Buffer {
    const bytes = this.#parts.length === 0 ? end : Buffer.concat([...this.#parts, end]);
    this.#parts = [];
    this.#bytes = 0;
    return bytes;
  }
}

/** That of UTF-8. */
export const byteOrderMark = Buffer.from("\ufeff");

export function beginsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark);
}

const replacement = Buffer.from("\ufffd");

/** The text, as far as it is UTF-8. */
export interface DecodedText {
  readonly text: string;
  /** False where the text ends before a byte that is no UTF-8. */
  readonly isWhole: boolean;
}

export function decodeUtf8(bytes: Buffer): DecodedText {
  const text = bytes.toString("utf8");
  return isUtf8(bytes) ? { text, isWhole: true } : { text: text.slice(0, invalidAt(bytes, text)), isWhole: false };
}

/** How many bytes at the end begin a character that is not whole. */
export function begunBytes(bytes: Buffer): number {
  for (let count = 1; count <= 3; count++) {
    const byte = bytes.at(-count) ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > count ? count : 0;
  }
  return 0;
}

/** The first replacement character that stands for something else. */
function invalidAt(bytes: Buffer, text: string): number {
  let at = text.indexOf("\ufffd");
  let offset = Buffer.byteLength(text.slice(0, at));
  while (replacement.equals(bytes.subarray(offset, offset + replacement.length))) {
    const next = text.indexOf("\ufffd", at + 1);
    offset += Buffer.byteLength(text.slice(at, next));
    at = next;
  }
  return at;
}

/**
 * Lines and columns start at 1; columns count UTF-16 units, as editors do.
 * A position packs both into one number, since a reader of a million entries remembers as many of them.
 */
const maxLine = 2 ** 25;

/** The position of a line, or of a column in it. */
export function textPosition(line: number, column = 0): number {
  return line + column * maxLine;
}

/** `seed.ndjson:812`, or with a column `seed.json:812:36`. */
export function textPlace(name: string, position: number): string {
  const column = Math.floor(position / maxLine);
  return `${name}:${position % maxLine}${column > 0 ? `:${column}` : ""}`;
}

/** Follows a text through its lines. */
export class Cursor {
  #line = 1;
  #column = 1;

  get position(): number {
    return textPosition(this.#line, this.#column);
  }

  advance(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#line++;
      this.#column = 1;
      start = end + 1;
    }
    this.#column += text.length - start;
  }
}
