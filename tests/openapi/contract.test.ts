import { checkResponse } from "./contract";
import { deviations } from "./deviations";

const account = "0".repeat(32);
const namespace = "1".repeat(32);
const base = `http://127.0.0.1/client/v4/accounts/${account}/storage/kv/namespaces`;
const json = "application/json";

const ok = (result: unknown) => ({ success: true, errors: [], messages: [], result });
const failed = (code: number) => ({ success: false, errors: [{ code, message: "no" }], messages: [], result: null });

type Row = [name: string, method: string, path: string, status: number, type: string, content: unknown];

const conforming: Row[] = [
  ["a namespace", "GET", `/${namespace}`, 200, json, ok({ id: namespace, title: "t" })],
  ["a namespace with properties of tomorrow", "GET", `/${namespace}`, 200, json, ok({ id: "1", title: "t", mode: "x" })],
  ["a write without a result", "PUT", `/${namespace}/values/a%2Fb`, 200, json, ok(null)],
  ["a write with an empty result", "PUT", `/${namespace}/values/a`, 200, json, ok({})],
  ["raw bytes", "GET", `/${namespace}/values/a`, 200, "application/octet-stream", "{"],
  ["no metadata", "GET", `/${namespace}/metadata/a`, 200, json, ok(null)],
  ["a missing key of a bulk read", "POST", `/${namespace}/bulk/get`, 200, json, ok({ values: { a: null } })],
  ["a bulk read with metadata", "POST", `/${namespace}/bulk/get`, 200, json, ok({ values: { a: { value: 1, metadata: [] } } })],
  ["an array in a bulk read", "POST", `/${namespace}/bulk/get`, 200, json, ok({ values: { a: [1, null] } })],
  ["a refused bulk write", "PUT", `/${namespace}/bulk`, 400, json, failed(10012)],
  ["throttling", "GET", "", 429, json, failed(971)],
  ["a path that does not exist", "GET", "/a/b/c", 404, json, failed(7003)],
  ["a page of the edge", "GET", "", 524, "text/html", "<html>"],
];

const violating: Row[] = [
  ["a namespace without title", "GET", `/${namespace}`, 200, json, ok({ id: namespace })],
  ["a title that is too long", "GET", `/${namespace}`, 200, json, ok({ id: "1", title: "t".repeat(513) })],
  ["a rename without a result", "PUT", `/${namespace}`, 200, json, { success: true, errors: [], messages: [] }],
  ["success that says failure", "GET", `/${namespace}`, 200, json, { ...ok(null), success: false }],
  ["an envelope without messages", "GET", "", 200, json, { success: true, errors: [], result: [] }],
  ["a failure without a result", "GET", "", 400, json, { ...failed(10007), result: undefined }],
  ["a code under 1000 other than 971", "GET", "", 400, json, failed(970)],
  ["JSON for a value", "GET", `/${namespace}/values/a`, 200, json, ok(null)],
  ["a page for an envelope", "GET", "", 400, "text/html", "<html>"],
  ["201", "POST", "", 201, json, ok({ id: namespace, title: "t" })],
  ["a key list with a number for a cursor", "GET", `/${namespace}/keys`, 200, json, { ...ok([]), result_info: { cursor: 1 } }],
  ["a bulk count in words", "PUT", `/${namespace}/bulk`, 200, json, ok({ successful_key_count: "one" })],
  ["success on a path that does not exist", "GET", "/a/b/c", 200, json, ok(null)],
];

const check = ([, method, path, status, type, content]: Row) => {
  const body = typeof content === "string" ? content : JSON.stringify(content);
  checkResponse(method, base + path, status, type, Buffer.from(body));
};

test.each(conforming)("%s is within the contract", (...row) => {
  expect(() => check(row)).not.toThrow();
});

test.each(violating)("%s is outside the contract", (...row) => {
  expect(() => check(row)).toThrow(/contract/);
});

test("every deviation from the contract says why", () => {
  for (const { reason } of deviations) expect(reason).toMatch(/^[A-Z].{30,}\.$/);
});
