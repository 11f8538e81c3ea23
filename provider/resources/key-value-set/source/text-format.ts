import { isMember, isRawEntry } from "./declared-entry";
import { parseJson } from "./json-text";

/** What a text of entries can be. */
export const textFormats = ["json", "ndjson", "map", "csv", "tsv"] as const;

export type TextFormat = (typeof textFormats)[number];

/** The beginning of a text, and whether that is all of it. */
export interface Head {
  readonly text: string;
  readonly isWhole: boolean;
}

/** A first line that is longer shows by its members what it is. */
const longestFirstLine = 1024 * 1024;

const packedName = /\.(gz|zst)$/;

/** A name decides where contents do not. */
export function formatOfName(path: string | undefined): TextFormat | undefined {
  const [, extension] = /\.(csv|tsv)$/i.exec(path?.replace(packedName, "") ?? "") ?? [];
  return extension?.toLowerCase() as "csv" | "tsv" | undefined;
}

/** True where what stands in the file is meant to be an entry a line, whatever is wrong with it. */
function isNamedNdjson(path: string | undefined): boolean {
  return /\.(ndjson|jsonl)$/i.test(path?.replace(packedName, "") ?? "");
}

/** The format as the contents show it; a sentence where they show none; undefined while more of them is needed. */
export function formatOfHead(
  { text, isWhole }: Head,
  path?: string,
): TextFormat | { readonly problem: string } | undefined {
  const start = text.search(/[^ \t\r\n]/);
  if (start < 0) return isWhole || text.length > longestFirstLine ? "ndjson" : undefined;
  if (text[start] === "[") return "json";
  if (text[start] === "{") return formatOfObject(text.slice(start), isWhole, path);
  if (isNamedNdjson(path)) return "ndjson";
  return { problem: `${likeness(text)}; ${formatsThereAre}` };
}

const formatsThereAre = "a source is a JSON array of entries, NDJSON, a JSON map, CSV or TSV, and `format` says which";

function formatOfObject(text: string, isWhole: boolean, path: string | undefined): TextFormat | undefined {
  const end = text.indexOf("\n");
  if (end < 0 && !isWhole && text.length < longestFirstLine) return undefined;
  const line = end < 0 ? text : text.slice(0, end);
  const parsed = parseJson(line);
  if ("errorAt" in parsed) return isNamedNdjson(path) || hasNameOfEntry(line) ? "ndjson" : "map";
  if (/[^ \t\r\n]/.test(text.slice(line.length))) return "ndjson";
  if (!isWhole) return undefined;
  return isNamedNdjson(path) || isEntryOnly(parsed.value) ? "ndjson" : "map";
}

/** True where all that one object has belongs to an entry, even if something is missing. */
function isEntryOnly(object: unknown): boolean {
  const names = isRawEntry(object) ? Object.keys(object) : [];
  return names.length > 0 && names.every(isMember);
}

const namesOfEntry: ReadonlySet<string> = new Set(['"key"', '"value"', '"valueBase64"']);

/** True where an object that is not whole has a member as an entry has one, and not an object in it. */
function hasNameOfEntry(text: string): boolean {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/gs)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && namesOfEntry.has(token) && /^\s*:/.test(text.slice(index + token.length))) return true;
  }
  return false;
}

/** What a text looks like that is none of the formats. It quotes nothing. */
export function likeness(text: string): string {
  const [line = ""] = text.trimStart().split(/\r?\n/, 1);
  if (line.startsWith("version https://git-lfs.github.com/spec/")) return "is a pointer of Git LFS: run `git lfs pull`";
  if (text.includes("\0")) return "is binary, or UTF-16 without a byte order mark";
  if (/^<(!doctype|html|\?xml|[a-z])/i.test(line)) return "looks like HTML or XML";
  if (/(^|[,;])"?key"?([,;]|$)/i.test(line)) return 'looks like CSV: set format: "csv", or name it .csv';
  if (/(^|\t)"?key"?(\t|$)/i.test(line)) return 'looks like TSV: set format: "tsv", or name it .tsv';
  if (/^(---|%YAML|- |[\w"'./-]+:(\s|$))/.test(line)) return "looks like YAML";
  return "does not begin as any format does";
}
