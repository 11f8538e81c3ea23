import path from "node:path";
import type { Properties } from "../../tools/engine/property";
import { archive, asset, byteString, secret } from "../../tools/wire";
import { brokenEntries } from "./broken-entries";
import { brokenBytes, brokenTexts, tooLongText } from "./broken-texts";
import { head, headBase64, secretText, tail, tailBase64 } from "./sentinel";

/** A resource whose source breaks at a secret. */
export interface BrokenSource {
  readonly type: "KeyValue" | "KeyValueSet";
  readonly what: string;
  /** All but what tells where it is to be stored. */
  readonly inputs: (write: Write) => Properties;
  /** What must not take it; a diff may. */
  readonly refusedBy: readonly Call[];
}

export type Call = "check" | "create" | "update";

/** Writes a file, and answers its path. */
export type Write = (name: string, content: string | Buffer) => string;

const all: readonly Call[] = ["check", "create", "update"];
const url = `https://user:${encodeURIComponent(head)}@localhost/${encodeURIComponent(tail)}`;
const wrongHash = "0".repeat(64);
const manyTimes = `${head}${"x".repeat(2000)}${tail}`;

export const brokenSources: readonly BrokenSource[] = [
  ...brokenTexts.flatMap(([what, text]) => textSources(what, text)),
  ...brokenBytes.map(([what, name, bytes]) => set(what, (write) => ({ source: asset({ path: write(name, bytes) }) }))),
  ...brokenBytes.map(([what, name, bytes]) =>
    set(`${what}, as an archive`, (write) => ({ source: archive({ path: write(name, bytes) }) })),
  ),
  ...brokenEntries.flatMap(([what, entries]) => [
    set(`${what}, inline`, () => ({ entries: secret(entries) })),
    ...textSources(`${what}, in a line`, entries.map((entry) => JSON.stringify(entry)).join("\n")),
    ...textSources(`${what}, in an array`, JSON.stringify(entries)),
  ]),
  set("a text for the source", () => ({ source: secret(secretText) })),
  set("a remote asset", () => ({ source: secret(asset({ uri: url })) })),
  set("a remote archive", () => ({ source: secret(archive({ uri: url })) })),
  set("a remote asset in an archive", () => ({ source: secret(archive({ assets: { a: asset({ uri: url }) } })) })),
  set("a text in an archive", () => ({ source: secret(archive({ assets: { a: secretText } })) })),
  set("an object for the text of an asset", () => ({ source: secret(asset({ text: { [head]: tail } })) })),
  set("other bytes than were hashed", (write) => ({
    source: asset({ hash: wrongHash, path: write("seed.ndjson", JSON.stringify({ key: "a", value: secretText })) }),
  })),
  set("other bytes than were hashed, in an archive", (write) => ({
    source: archive({ assets: { a: asset({ hash: wrongHash, path: write("a", secretText) }) } }),
  })),
  set("a value that is too long, in a line", (write) => ({
    source: asset({ path: write("seed.ndjson", JSON.stringify({ key: "a", value: tooLongText })) }),
  })),
  set("a file that is too long, in an archive", (write) => ({
    source: archive({ assets: { a: asset({ path: write("a", tooLongText) }) } }),
  })),
  set("a file that is too long, in a folder", (write) => ({
    source: archive({ path: path.dirname(write("a", tooLongText)) }),
  })),
  set("entries as JSON", () => ({ entries: secret(JSON.stringify([{ key: "a", value: secretText }])) })),
  set("entries by their keys", () => ({ entries: secret({ a: secretText }) })),
  set("values as JSON", () => ({ values: secret(JSON.stringify({ a: secretText })) })),
  set("values as a list", () => ({ values: secret([head, tail]) })),
  set("an object in the values", () => ({ values: { a: secret({ [head]: tail }) } })),
  set("a document in the values, with a number that is rounded", () => ({
    values: { a: secret({ [head]: 2 ** 60, b: tail }) },
    jsonValues: true,
  })),
  set("a document with an asset", () => ({
    entries: [{ key: "a", valueJson: secret({ [head]: asset({ text: tail }) }) }],
  })),
  set("a document beside a value", () => ({
    entries: [{ key: "a", value: secret(head), valueJson: secret({ [tail]: tail }) }],
  })),
  set("a document that is too long", () => ({ entries: [{ key: "a", valueJson: secret({ [head]: tooLongText }) }] })),
  set("metadata of files that are too long", () => ({
    source: archive({ assets: { a: asset({ text: "v" }) } }),
    fileMetadata: [{ files: "a", metadata: secret(manyTimes) }],
  })),
  set("a rule for files with what is no member", () => ({
    source: archive({ assets: { a: asset({ text: "v" }) } }),
    fileMetadata: secret([{ files: "a", metadata: 1, [head]: tail }]),
  })),
  set("bytes in the values", () => ({ values: { a: secret(byteString(headBase64 + tailBase64)) } })),
  set("values beside what is no property", () => ({ values: { a: secret(secretText) }, value: secret(secretText) })),
  set("a key in the values and in the entries", () => ({
    values: { a: secret(head) },
    entries: [{ key: "a", value: secret(tail) }],
  })),
  set("metadata for all that are too long", () => ({ values: {}, metadata: secret(manyTimes) })),
  set("a token for the namespace", () => ({ values: {}, namespaceId: secret(secretText.repeat(3)) })),
  set("a text for a number", () => ({ values: {}, maxDeletes: secret(secretText) })),
  set("none of the words that there are", () => ({ values: {}, prune: secret(secretText) })),
  key("an object for the value", () => ({ value: secret({ [head]: tail }) })),
  key("a list for the value", () => ({ value: secret([head, tail]) })),
  key("a document with a number that is rounded", () => ({ valueJson: secret({ [head]: 2 ** 60, b: tail }) })),
  key("a document with an asset", () => ({ valueJson: secret({ [head]: asset({ text: tail }) }) })),
  key("a document beside a value", () => ({ value: secret(head), valueJson: secret({ [tail]: tail }) })),
  key("a document that is too long", () => ({ valueJson: secret({ [head]: tooLongText }) })),
  key("bytes for the value", () => ({ value: secret(byteString(headBase64 + tailBase64)) })),
  key("a value that is too long", () => ({ value: secret(tooLongText) })),
  key("a value in two forms", () => ({ value: secret(secretText), valueBase64: secret(headBase64 + tailBase64) })),
  key("a wrong character in base64", () => ({ valueBase64: secret(`${headBase64}*${tailBase64}`) })),
  key("base64 that was cut", () => ({ valueBase64: secret(`${headBase64}${tailBase64}a`) })),
  key("a text that is no base64", () => ({ valueBase64: secret(secretText) })),
  key("a text for the source", () => ({ source: secret(secretText) })),
  key("a remote asset", () => ({ source: secret(asset({ uri: url })) })),
  key("an archive", () => ({ source: secret(archive({ assets: { a: asset({ text: secretText }) } })) })),
  key("an object for the text of an asset", () => ({ source: secret(asset({ text: { [head]: tail } })) })),
  key("a file that is too long", (write) => ({
    source: asset({ hash: wrongHash, path: write("value", tooLongText) }),
  })),
  key(
    "other bytes than were hashed",
    (write) => ({ source: asset({ hash: wrongHash, path: write("value", secretText) }) }),
    ["create", "update"],
  ),
  key("metadata that are too long", () => ({ value: "v", metadata: secret(manyTimes) })),
  key("metadata with an asset", () => ({ value: "v", metadata: secret({ a: asset({ text: secretText }) }) })),
  key("an object for the key", () => ({ value: "v", key: secret({ [head]: tail }) })),
  key("a text for a time", () => ({ value: "v", expiration: secret(secretText) })),
  key("a value beside what is no property", () => ({ value: secret(head), values: secret({ [tail]: tail }) })),
];

function set(what: string, inputs: BrokenSource["inputs"]): BrokenSource {
  return { type: "KeyValueSet", what, inputs, refusedBy: all };
}

function key(what: string, inputs: BrokenSource["inputs"], refusedBy = all): BrokenSource {
  return { type: "KeyValue", what, inputs: (write) => ({ key: "a", ...inputs(write) }), refusedBy };
}

function textSources(what: string, text: string): BrokenSource[] {
  return [
    set(`${what}, of a file`, (write) => ({ source: asset({ path: write("seed", text) }) })),
    set(`${what}, of a text`, () => ({ source: secret(asset({ text })) })),
  ];
}
