import { deepEqual, equal } from "node:assert/strict";
import { differencesPage } from "./differences";
import type { Report } from "./report";

/** A request that both answer, and why they answer it differently where they do. */
interface Case {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** The section of `differences.md` that says why. */
  readonly difference?: string;
}

const longKey = "k".repeat(513);
const put = (name: string, ...pairs: object[]): Case => ({ name, method: "PUT", path: "/bulk", body: pairs });
const get = (name: string, body: object): Case => ({ name, method: "POST", path: "/bulk/get", body });
const differently = (difference: string, request: Case): Case => ({ ...request, difference });

const longKeys = "The explorer: the status of a key that is too long";

const cases: readonly Case[] = [
  put("a bulk write", { key: "a", value: "1", metadata: { x: 1 } }, { key: "b", value: "2", expiration_ttl: 600 }),
  get("a bulk read", { keys: ["a", "b", "missing"] }),
  { name: "a list", method: "GET", path: "/keys" },
  { name: "a list by prefix", method: "GET", path: "/keys?prefix=b&limit=10" },
  put("the same pair twice", { key: "a", value: "1" }, { key: "a", value: "1" }),
  put("a key twice, with two values", { key: "a", value: "1" }, { key: "a", value: "2" }),
  put("a key twice, with two metadata", { key: "a", value: "1", metadata: 1 }, { key: "a", value: "1", metadata: 2 }),
  put("base64", { key: "bytes", value: "//79", base64: true }),
  put("base64 with a line break", { key: "bytes", value: "//7\n9", base64: true }),
  put("base64 that is none", { key: "bytes", value: "/=/79", base64: true }),
  put("a time to live of 59 s", { key: "a", value: "1", expiration_ttl: 59 }),
  put("a time to live of 0 s", { key: "a", value: "1", expiration_ttl: 0 }),
  put("an expiration that is past", { key: "a", value: "1", expiration: 1000 }),
  put("metadata that are too long", { key: "a", value: "1", metadata: "x".repeat(1100) }),
  put("metadata that are null", { key: "a", value: "1", metadata: null }),
  put("a value that is a number", { key: "a", value: 1 }),
  put("a pair without a value", { key: "a" }),
  put("an unknown member", { key: "a", value: "1", comment: "new" }),
  put("an empty key", { key: "", value: "1" }),
  put("the key .", { key: ".", value: "1" }),
  put("one pair in two that is wrong", { key: "new", value: "1" }, { key: "", value: "1" }),
  get("and nothing of it is written", { keys: ["new"] }),
  put("no pairs"),
  put("10,001 pairs", ...Array.from({ length: 10_001 }, (_, index) => ({ key: `${index}`, value: "" }))),
  { name: "an object for pairs", method: "PUT", path: "/bulk", body: {} },
  get("a read of no keys", { keys: [] }),
  get("a read of 101 keys", { keys: Array(101).fill("a") }),
  { name: "a bulk delete", method: "POST", path: "/bulk/delete", body: ["bytes", "missing"] },
  { name: "an object for keys", method: "POST", path: "/bulk/delete", body: {} },
  { name: "a list of 9", method: "GET", path: "/keys?limit=9" },
  { name: "a list of 1,001", method: "GET", path: "/keys?limit=1001" },
  { name: "a value", method: "GET", path: "/values/b" },
  { name: "a missing value", method: "GET", path: "/values/missing" },
  { name: "a write of one key that is too long", method: "PUT", path: `/values/${longKey}`, body: "x" },
  differently(longKeys, put("a bulk write of it", { key: longKey, value: "1" })),
  differently(longKeys, get("a bulk read of it", { keys: [longKey] })),
  differently(longKeys, { name: "a bulk delete of it", method: "POST", path: "/bulk/delete", body: [longKey] }),
  differently(
    "The explorer: fractions of a second",
    put("a time to live of 600.5 s", { key: "a", value: "1", expiration_ttl: 600.5 }),
  ),
  differently(
    "The explorer: base64 without padding",
    put("base64 without padding", { key: "bytes", value: "//8", base64: true }),
  ),
  differently(
    "The explorer: an expiration of null",
    put("an expiration of null", { key: "a", value: "1", expiration: null }),
  ),
  put("bytes", { key: "bytes", value: "//79", base64: true }),
  differently("The explorer: bytes in a bulk read", get("a bulk read of bytes", { keys: ["bytes"] })),
  differently(
    "The explorer: the options of a bulk read",
    get("a bulk read with metadata", { keys: ["b"], withMetadata: true }),
  ),
  differently("The explorer: the options of a bulk read", get("a bulk read as JSON", { keys: ["b"], type: "json" })),
  differently("The explorer: a cursor that is none", {
    name: "a wrong cursor",
    method: "GET",
    path: "/keys?cursor=zzzz",
  }),
  differently("The explorer: routes that it has not", {
    name: "the metadata of a key",
    method: "GET",
    path: "/metadata/b",
  }),
];

/** Cloudflare's own emulation of the REST API, which `wrangler dev` serves for its explorer: the same requests to both. */
export async function witnessExplorer(
  explorer: string,
  emulator: string,
  namespaceId: string,
  report: Report,
): Promise<void> {
  await report.step("explorer: the same namespaces", async () => {
    const titles = async (url: string) => titlesIn(await answerOf(url, { name: "", method: "GET", path: "" }));
    deepEqual(await titles(`${explorer}/namespaces`), await titles(emulator));
  });
  for (const request of cases) {
    await report.step(`explorer: ${request.name}`, async () => {
      const ours = await answerOf(`${emulator}/${namespaceId}`, request);
      const theirs = await answerOf(`${explorer}/namespaces/${namespaceId}`, request);
      if (request.difference === undefined) return deepEqual(ours, theirs);
      const isDifferent = JSON.stringify(ours) !== JSON.stringify(theirs);
      equal(isDifferent, true, `"${request.difference}" is no difference any more`);
      equal(differencesPage().includes(`## ${request.difference}\n`), true, "differences.md has no such section");
    });
  }
}

interface Answer {
  readonly status: number;
  /** Of a success only: the explorer has other codes and texts for a refusal. */
  readonly result?: unknown;
}

async function answerOf(url: string, { method, path, body }: Case): Promise<Answer> {
  const headers = { authorization: "Bearer witness", "content-type": "application/json" };
  const response = await fetch(url + path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return response.ok ? { status: response.status, result: resultIn(text) } : { status: response.status };
}

function resultIn(text: string): unknown {
  try {
    return JSON.parse(text).result ?? text;
  } catch {
    return text;
  }
}

function titlesIn({ result }: Answer): string[] {
  return (result as { title: string }[]).map(({ title }) => title).sort();
}
