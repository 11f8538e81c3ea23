import type { Value } from "../../tools/engine/property";
import { head, headBase64, secretText, tail, tailBase64 } from "./sentinel";

const base64 = headBase64 + tailBase64;

/** What is JSON, but no list of entries, because of what stands at a secret or beside it. */
export const brokenEntries: readonly [what: string, entries: Value[]][] = [
  ["a text for an entry", [secretText]],
  ["a list for an entry", [[head, tail]]],
  ["an object around an entry", [{ [head]: { key: "a", value: tail } }]],
  [
    "the key and the value in each other's place",
    [
      { [head]: "a", [tail]: "b" },
      { key: "c", value: "v" },
    ],
  ],
  ["an object for a value", [{ key: "a", value: { [head]: tail } }]],
  ["a list for a value", [{ key: "a", value: [head, tail] }]],
  ["a list for a key", [{ key: [head, tail], value: "v" }]],
  ["an object for a key", [{ key: { [head]: tail }, value: "v" }]],
  ["no key", [{ value: secretText }]],
  ["an empty key", [{ key: "", value: secretText }]],
  ["a key that is too long", [{ key: "a".repeat(600), value: secretText }]],
  ["a key twice", [head, tail].map((value) => ({ key: "a", value }))],
  ["a text for a time", [{ key: "a", value: "v", expiration: secretText }]],
  ["a text for a time to live", [{ key: "a", value: "v", expirationTtl: secretText }]],
  ["a time to live that is too short", [{ key: "a", value: head, expirationTtl: 5, metadata: tail }]],
  ["metadata that are too long", [{ key: "a", value: "v", metadata: `${head}${"x".repeat(2000)}${tail}` }]],
  ["a wrong character in base64", [{ key: "a", valueBase64: `${headBase64}*${tailBase64}` }]],
  ["a wrong character in wrangler's base64", [{ key: "a", value: `${headBase64}-${tailBase64}`, base64: true }]],
  ["base64 that was cut", [{ key: "a", valueBase64: `${base64}a` }]],
  ["a text that is said to be base64", [{ key: "a", value: secretText, base64: true }]],
  ["a text for whether it is base64", [{ key: "a", value: "v", base64: secretText }]],
  ["a value in two forms", [{ key: "a", value: secretText, valueBase64: base64 }]],
];
