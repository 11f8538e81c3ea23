import { isUtf8 } from "node:buffer";

/** A page of a thousand keys, each with metadata of 1,024 bytes that are nothing but structure, stays below both. */
const maxMembers = 1_000_000;
const maxDepth = 1_000;

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;

/** False where parsing would cost far more memory, or stack, than any answer of the API does. */
export function isBearable(json: Buffer): boolean {
  let members = 0;
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === quote) at = endOfString(json, at);
    if (byte === comma || opens(byte)) members++;
    if (opens(byte)) depth++;
    if (closes(byte)) depth--;
    if (members > maxMembers || depth > maxDepth) return false;
  }
  return isUtf8(json);
}

/** `[` and `{` */
function opens(byte: number | undefined): boolean {
  return byte === 0x5b || byte === 0x7b;
}

/** `]` and `}` */
function closes(byte: number | undefined): boolean {
  return byte === 0x5d || byte === 0x7d;
}

function endOfString(json: Buffer, start: number): number {
  let end = start;
  do end = json.indexOf(quote, end + 1);
  while (end !== -1 && isEscaped(json, end));
  return end === -1 ? json.length : end;
}

function isEscaped(json: Buffer, at: number): boolean {
  let backslashes = 0;
  while (json[at - 1 - backslashes] === backslash) backslashes++;
  return backslashes % 2 === 1;
}
