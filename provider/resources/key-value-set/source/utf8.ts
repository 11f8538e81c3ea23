import { isUtf8 } from "node:buffer";

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
