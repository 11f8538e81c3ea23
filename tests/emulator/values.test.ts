import { Api } from "./api";

let api: Api;
let id: string;
beforeAll(async () => {
  api = await Api.start();
});
beforeEach(async () => {
  id = await api.namespace();
});
afterEach(() => api.emulator.setClock({}));
afterAll(() => api.close());

const keys = [
  "plain",
  "a/b",
  "/leading",
  "a//b/",
  "with space",
  "%41",
  "a+b",
  "?query=1&b#c",
  "...",
  "..a",
  "\u001f",
  "\u{feff}bom",
  "é",
  "e\u0301",
  "😀".repeat(128),
  "__proto__",
];

test.each(keys)("the key %j is decoded exactly once", async (key) => {
  const path = `/${id}/values/${encodeURIComponent(key)}`;
  await api.succeed("PUT", path, { body: key });
  expect((await api.call("GET", path)).body.toString()).toBe(key);
  expect(api.emulator.keys(id)).toEqual([key]);
});

test("leading slashes that are not encoded are swallowed, others belong to the key", async () => {
  await api.succeed("PUT", `/${id}/values//a/b`, { body: "x" });
  expect(api.emulator.keys(id)).toEqual(["a/b"]);
});

const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x00, 0xff, 0xfe, 0x0d, 0x0a, 0x0a, 0x2d, 0x2d, 0x78, 0x0d, 0x0a]);
const part = (header: string, content: Buffer | string) =>
  Buffer.concat([Buffer.from(`--x\r\nContent-Disposition: form-data; ${header}\r\n\r\n`), Buffer.from(content), crlf]);
const crlf = Buffer.from("\r\n");
const form = (...parts: Buffer[]) => ({
  body: Buffer.concat([...parts, Buffer.from("--x--\r\n")]),
  headers: { "content-type": "multipart/form-data; boundary=x" },
});

const bodies: [form: string, options: { body?: string | Buffer; headers?: Record<string, string> }, stored: Buffer][] =
  [
    ["raw bytes", { body: bytes, headers: { "content-type": "application/octet-stream" } }, bytes],
    ["text", { body: "text", headers: { "content-type": "text/plain" } }, Buffer.from("text")],
    ["nothing", {}, Buffer.alloc(0)],
    [
      "JSON, which is the value",
      { body: '{"value":1}', headers: { "content-type": "application/json" } },
      Buffer.from('{"value":1}'),
    ],
    [
      "a form-encoded body, which is the value",
      { body: "value=1", headers: { "content-type": "application/x-www-form-urlencoded" } },
      Buffer.from("value=1"),
    ],
    ["a string part", form(part('name="value"', bytes)), bytes],
    ["a file part", form(part('name="value"; filename="f.bin"', bytes)), bytes],
    ["an empty part", form(part('name="value"', "")), Buffer.alloc(0)],
    [
      "a part with a quoted boundary and unknown neighbours",
      {
        ...form(part('name="other"', "1"), part("name=value", "2")),
        headers: { "content-type": 'multipart/form-data; boundary="x"' },
      },
      Buffer.from("2"),
    ],
  ];

test.each(bodies)("%s is stored byte for byte", async (_, options, stored) => {
  expect((await api.succeed("PUT", `/${id}/values/key`, options)).result).toBeNull();
  expect(api.emulator.entry(id, "key")).toEqual({ value: stored, metadata: null });
  const reply = await api.call("GET", `/${id}/values/key`);
  expect(reply.body).toEqual(stored);
  expect(reply.headers).toMatchObject({
    "content-type": "application/octet-stream",
    "content-length": String(stored.length),
  });
});

const metadata: unknown[] = [{ a: [1, null] }, "text", "", 0, false, [], {}, JSON.parse('{"__proto__":1,"10":2}')];

test.each(metadata)("the metadata %j is read back as it was written", async (value) => {
  const body = form(part('name="value"', "v"), part('name="metadata"', JSON.stringify(value)));
  await api.succeed("PUT", `/${id}/values/key`, body);
  expect((await api.succeed("GET", `/${id}/metadata/key`)).result).toEqual(value);
  expect((await api.succeed("GET", `/${id}/keys`)).result).toEqual([{ name: "key", metadata: value }]);
});

test("metadata null is no metadata", async () => {
  await api.succeed("PUT", `/${id}/values/key`, form(part('name="value"', "v"), part('name="metadata"', "null")));
  expect((await api.succeed("GET", `/${id}/metadata/key`)).result).toBeNull();
  expect((await api.succeed("GET", `/${id}/keys`)).result).toEqual([{ name: "key" }]);
});

test("a write replaces value, metadata and expiration together", async () => {
  const body = form(part('name="value"', "v"), part('name="metadata"', "1"));
  await api.succeed("PUT", `/${id}/values/key?expiration_ttl=100`, body);
  await api.succeed("PUT", `/${id}/values/key`, { body: "w" });
  expect(api.emulator.entry(id, "key")).toEqual({ value: Buffer.from("w"), metadata: null });
});

test("deleting answers null, for a key that is missing too", async () => {
  await api.seed(id, { key: "value" });
  expect((await api.succeed("DELETE", `/${id}/values/key`)).result).toBeNull();
  expect((await api.succeed("DELETE", `/${id}/values/key`)).result).toBeNull();
  expect(await api.refusal("GET", `/${id}/values/key`)).toEqual([404, 10009, "get: 'key not found'"]);
  expect(await api.refusal("GET", `/${id}/metadata/key`)).toEqual([404, 10009, "metadata: 'key not found'"]);
});

describe("with the clock stopped at second 1,800,000,000", () => {
  const now = 1_800_000_000;
  beforeEach(() => api.emulator.setClock({ nowMs: now * 1000 + 999 }));

  const accepted: [query: string, expiration: number | undefined][] = [
    ["expiration_ttl=60", now + 60],
    [`expiration=${now + 60}`, now + 60],
    [`expiration=${2 ** 31 - 1}`, 2 ** 31 - 1],
    [`expiration=5&expiration_ttl=61`, now + 61],
    ["expiration=&expiration_ttl=", undefined],
  ];
  test.each(accepted)("?%s expires at %p", async (query, expiration) => {
    await api.succeed("PUT", `/${id}/values/key?${query}`, { body: "v" });
    expect(api.emulator.entry(id, "key")?.expiration).toBe(expiration);
    const { headers } = await api.call("GET", `/${id}/values/key`);
    expect(headers.expiration).toBe(expiration === undefined ? undefined : String(expiration));
  });

  test("an entry is there until its second and then gone from reads, lists and bulk reads", async () => {
    await api.seed(id, [{ key: "key", value: "v", expiration: now + 60 }]);
    api.emulator.setClock({ nowMs: (now + 60) * 1000 - 1 });
    expect((await api.call("GET", `/${id}/values/key`)).status).toBe(200);
    api.emulator.setClock({ nowMs: (now + 60) * 1000 });
    expect((await api.refusal("GET", `/${id}/values/key`))[1]).toBe(10009);
    expect((await api.refusal("GET", `/${id}/metadata/key`))[1]).toBe(10009);
    expect((await api.succeed("GET", `/${id}/keys`)).result).toEqual([]);
    const bulk = await api.succeed("POST", `/${id}/bulk/get`, { body: '{"keys":["key"]}' });
    expect(bulk.result).toEqual({ values: { key: null } });
    expect(api.emulator.keys(id)).toEqual([]);
  });
});

test("a value of 25 MiB is kept, and one byte more is refused without being kept", async () => {
  const largest = Buffer.alloc(26_214_400, 7);
  await api.succeed("PUT", `/${id}/values/key`, form(part('name="value"', largest)));
  expect(await api.refusal("PUT", `/${id}/values/key`, { body: Buffer.alloc(26_214_401) })).toEqual([
    413,
    10024,
    "put: 'Value length of 26214401 exceeds limit of 26214400.'",
  ]);
  expect((await api.call("GET", `/${id}/values/key`)).body.equals(largest)).toBe(true);
});
