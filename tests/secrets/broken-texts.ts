import { gzipSync } from "node:zlib";
import { limits } from "../../provider/kv/limits";
import { head, tail } from "./sentinel";

const quotable = (text: string) => JSON.stringify(text).slice(1, -1);
const [h, t] = [quotable(head), quotable(tail)];

/** Lines of entries, and arrays of them, that break at a secret. */
export const brokenTexts: readonly [what: string, text: string][] = [
  ["a string without an end", `{"key":"a","value":"${h}`],
  ["a string without an end, in an array", `[{"key":"a","value":"${h}${t}}]`],
  ["a line feed in a string", `{"key":"a","value":"${h}\n${t}"}`],
  ["a control character in a string", `{"key":"a","value":"${h}\u0001${t}"}`],
  ["a control character in a string, in an array", `[{"key":"a","value":"${h}\u0001${t}"}]`],
  ["a bad escape", `{"key":"a","value":"${h}\\x${t}"}`],
  ["a quote that is not escaped", `{"key":"a","value":"${head}"${tail}"}`],
  ["no quotes", `{"key":"a","value":${head}${tail}}`],
  ["single quotes", `{"key":"a","value":'${head}${tail}'}`],
  ["no comma", `{"key":"a","metadata":"${h}" "value":"${t}"}`],
  ["no comma in an array", `[{"key":"a","value":"${h}"}"${t}"]`],
  ["no colon", `{"key":"a","${h}" "${t}"}`],
  ["a comment", `[{"key":"a","value":"${h}"}, // ${tail}\n]`],
  ["a bracket of the wrong kind", `[{"key":"a","value":"${h}"],"${t}"]`],
  ["something behind a line", `{"key":"a","value":"${h}"}${tail}`],
  ["something behind an array", `[{"key":"a","value":"${h}"}]${tail}`],
  ["nothing but the value", `${head}${tail}`],
  ["a lone surrogate", `{"key":"a","value":"${h}\\ud800${t}"}`],
  ["a document beside a value", `{"key":"a","value":"${h}","valueJson":{"${h}":"${t}"}}`],
  ["a document that is cut", `[{"key":"a","valueJson":{"${h}":"${t}"`],
  ["a number that is too big", `{"key":"a","value":"${h}","expiration":1e999,"metadata":"${t}"}`],
];

const line = Buffer.from(`{"key":"a","value":"${h}${t}"}\n`);
const [intoHead, intoTail] = [Buffer.from(`{"key":"a","value":"${h}`), Buffer.from(`${t}"}`)];

/** Stored, not deflated: the secret stands in it as it is. */
const gzipped = gzipSync(line, { level: 0 });

/** What is no text at all. */
export const brokenBytes: readonly [what: string, name: string, bytes: Buffer][] = [
  ["a byte that is no UTF-8", "seed.ndjson", Buffer.concat([intoHead, Buffer.from([0xff]), intoTail])],
  ["a byte that is no UTF-8, in an array", "seed.json", Buffer.from(`[${line}]`.replace("é", "\xe9"), "latin1")],
  ["a character cut in its middle", "seed.ndjson", Buffer.concat([intoHead, Buffer.from([0xe2, 0x82])])],
  ["UTF-16 without its mark", "seed.ndjson", Buffer.from(`${line}`, "utf16le")],
  ["UTF-16 that is cut", "seed.ndjson", Buffer.from(`\ufeff${line}`, "utf16le").subarray(0, -1)],
  ["a gzip that is cut", "seed.ndjson.gz", gzipped.subarray(0, -10)],
  ["CSV without a key", "seed.csv", Buffer.from(`${head},value\n${line},${tail}\n`)],
  ["CSV with a quote that has no end", "seed.csv", Buffer.from(`key,value\n${head},"${tail}\n`)],
  ["CSV with a cell too many", "seed.csv", Buffer.from(`key,value\n${head},${tail},${head}\n`)],
  ["CSV with a document that is cut", "seed.csv", Buffer.from(`key,valueJson\na,"{""${head}"":""${tail}""`)],
  ["a map that is cut", "seed.json", Buffer.from(`{"a":"x","b":"${head}${tail}`)],
  ["a gzip with a broken header", "seed.ndjson.gz", Buffer.concat([Buffer.from([0x20]), gzipped.subarray(1)])],
  ["a gzip with a broken checksum", "seed.ndjson.gz", Buffer.concat([gzipped.subarray(0, -8), Buffer.alloc(8)])],
  ["a tar", "seed.tar", Buffer.concat([Buffer.from("seed.ndjson".padEnd(512, "\0")), line])],
  ["a zip with a broken header", "seed.zip", Buffer.concat([Buffer.from("PK\u0003\u0004broken"), line])],
];

/** More than a value can have, with the secret at both ends. */
export const tooLongText = `${head}${"x".repeat(limits.maxValueBytes)}${tail}`;
