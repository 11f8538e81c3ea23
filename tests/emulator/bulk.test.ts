import { Api } from "./api";

let api: Api;
let id: string;
beforeAll(async () => {
  api = await Api.start();
});
beforeEach(async () => {
  id = await api.namespace();
});
afterAll(() => api.close());

const put = (items: unknown) => api.succeed("PUT", `/${id}/bulk`, { body: JSON.stringify(items) });
const get = (options: unknown) => api.succeed("POST", `/${id}/bulk/get`, { body: JSON.stringify(options) });

test("a bulk write stores values, base64, metadata and expirations", async () => {
  const expiration = Math.floor(Date.now() / 1000) + 1000;
  const { result } = await put([
    { key: "text", value: "é" },
    { key: "binary", value: "//4A", base64: true },
    { key: "full", value: "", metadata: { a: null }, expiration },
    { key: "explicit", value: "x", base64: false, metadata: null, expiration: null, expiration_ttl: null, foo: 1 },
  ]);
  expect(result).toEqual({ successful_key_count: 4, unsuccessful_keys: [] });
  expect(api.emulator.entry(id, "text")).toEqual({ value: Buffer.from("é"), metadata: null });
  expect(api.emulator.entry(id, "binary")?.value).toEqual(Buffer.from([0xff, 0xfe, 0]));
  expect(api.emulator.entry(id, "full")).toEqual({ value: Buffer.alloc(0), metadata: { a: null }, expiration });
  expect(api.emulator.entry(id, "explicit")).toEqual({ value: Buffer.from("x"), metadata: null });
});

test("keys of a bulk body are not percent-decoded", async () => {
  await put([{ key: "%41/b", value: "x" }]);
  expect(api.emulator.keys(id)).toEqual(["%41/b"]);
});

test("half of a surrogate pair becomes the replacement character", async () => {
  await api.succeed("PUT", `/${id}/bulk`, { body: '[{"key":"\\ud800","value":"\\udc00"}]' });
  expect(api.emulator.entry(id, "\ufffd")?.value.toString()).toBe("\ufffd");
});

test("an empty bulk is a success without an effect", async () => {
  expect((await put([])).result).toEqual({ successful_key_count: 0, unsuccessful_keys: [] });
});

test("identical entries of a bulk count once", async () => {
  const item = { key: "a", value: "1", metadata: [1] };
  expect((await put([item, { ...item, base64: false }])).result).toMatchObject({ successful_key_count: 1 });
});

test("10,000 pairs are one request", async () => {
  const items = Array.from({ length: 10_000 }, (_, index) => ({ key: `key ${index}`, value: "v".repeat(100) }));
  expect((await put(items)).result).toMatchObject({ successful_key_count: 10_000 });
  expect(api.emulator.keys(id)).toHaveLength(10_000);
});

const good = { key: "good", value: "" };
const invalid: [name: string, item: unknown, refusal: [number, number, string]][] = [
  ["a key that is empty", { key: "", value: "" }, [400, 10042, "bulk put: 'Key names must not be empty'"]],
  [
    "the key .",
    { key: ".", value: "" },
    [400, 10042, `bulk put: 'Illegal key name ".". Please use a different name.'`],
  ],
  [
    "the key ..",
    { key: "..", value: "" },
    [400, 10042, `bulk put: 'Illegal key name "..". Please use a different name.'`],
  ],
  [
    "a key of 513 bytes",
    { key: `${"é".repeat(256)}a`, value: "" },
    [414, 10030, "bulk put: 'UTF-8 encoded length of 513 exceeds key length limit of 512.'"],
  ],
  [
    "a ttl of 59",
    { key: "a", value: "", expiration_ttl: 59 },
    [400, 10034, "bulk put: 'Invalid expiration_ttl of 59. Expiration TTL must be at least 60.'"],
  ],
  [
    "metadata of 1,025 bytes",
    { key: "a", value: "", metadata: `${"é".repeat(511)}a` },
    [413, 10047, "bulk put: 'Metadata length of 1025 exceeds limit of 1024.'"],
  ],
  ["base64 that is none", { key: "a", value: "a-_=", base64: true }, [400, 10012, "bulk put: 'Invalid base64 value'"]],
  [
    "a conflicting duplicate",
    { ...good, value: "other" },
    [400, 10012, `bulk put: 'received duplicate key with different values or expiration parameters: "good"'`],
  ],
  [
    "a duplicate with other metadata",
    { ...good, metadata: 1 },
    [400, 10012, `bulk put: 'received duplicate key with different values or expiration parameters: "good"'`],
  ],
  [
    "a value that is a number",
    { key: "a", value: 1 },
    [400, 10012, "could not parse array of keys from request body: 'not a string'"],
  ],
  ["a missing value", { key: "a" }, [400, 10012, "could not parse array of keys from request body: 'not a string'"]],
  [
    "an expiration in quotes",
    { key: "a", value: "", expiration: "1" },
    [400, 10012, "could not parse array of keys from request body: 'not a number'"],
  ],
  ["null", null, [400, 10012, "could not parse array of keys from request body: 'not a string'"]],
];

test.each(invalid)("one invalid item refuses the whole bulk: %s", async (_, item, refusal) => {
  expect(await api.refusal("PUT", `/${id}/bulk`, { body: JSON.stringify([good, item]) })).toEqual(refusal);
  expect(api.emulator.keys(id)).toEqual([]);
});

test.each(["POST /bulk/delete", "DELETE /bulk"])("%s deletes keys and counts missing ones as success", async (form) => {
  const [method = "", path] = form.split(" ");
  await api.seed(id, { a: "", b: "", "%41": "" });
  const { result } = await api.succeed(method, `/${id}${path}`, { body: '["a","%41","missing","a"]' });
  expect(result).toEqual({ successful_key_count: 3, unsuccessful_keys: [] });
  expect(api.emulator.keys(id)).toEqual(["b"]);
});

const deletes: [body: string, refusal: [number, number]][] = [
  ['[{"name":"a"}]', [400, 10012]],
  ['{"keys":["a"]}', [400, 10012]],
  ["[", [400, 10012]],
  ["", [400, 10012]],
  ['["a",".."]', [400, 10042]],
];
test.each(deletes)("a bulk delete of %s is refused whole", async (body, refusal) => {
  await api.seed(id, { a: "" });
  expect((await api.refusal("POST", `/${id}/bulk/delete`, { body })).slice(0, 2)).toEqual(refusal);
  expect(api.emulator.keys(id)).toEqual(["a"]);
});

describe("a bulk read", () => {
  const values = { text: "é", empty: "", zero: "0", array: "[1]", nothing: "null", __proto: "x" };
  beforeEach(() => api.seed(id, values));

  test("answers text, and null for a missing key", async () => {
    const { result } = await get({ keys: ["text", "empty", "zero", "missing", "text"] });
    expect(result).toEqual({ values: { text: "é", empty: "", zero: "0", missing: null } });
  });

  test("answers JSON as what it is", async () => {
    const { result } = await get({ keys: ["zero", "array", "nothing"], type: "json" });
    expect(result).toEqual({ values: { zero: 0, array: [1], nothing: null } });
  });

  test("answers metadata and expiration when asked", async () => {
    const expiration = Math.floor(Date.now() / 1000) + 1000;
    await api.seed(id, [{ key: "full", value: "v", metadata: { a: 1 }, expiration }]);
    const { result } = await get({ keys: ["full", "empty", "missing"], withMetadata: true });
    expect(result).toEqual({
      values: {
        full: { value: "v", metadata: { a: 1 }, expiration },
        empty: { value: "", metadata: null },
        missing: null,
      },
    });
  });

  test("keeps a key that objects treat specially", async () => {
    await api.seed(id, JSON.parse('{"__proto__":"x"}'));
    const reply = await api.call("POST", `/${id}/bulk/get`, { body: '{"keys":["__proto__"]}' });
    expect(reply.body.toString()).toContain('{"values":{"__proto__":"x"}}');
  });

  const refused: [name: string, options: unknown, message: string][] = [
    ["no keys", { keys: [] }, "You must request a minimum of 1 key"],
    [
      "101 keys",
      { keys: Array.from({ length: 101 }, (_, index) => `${index}`) },
      "You can request a maximum of 100 keys",
    ],
    ["another type", { keys: ["text"], type: "stream" }, '"stream" is not a valid type. Use "json" or "text"'],
    [
      "JSON that is none",
      { keys: ["text"], type: "json" },
      "At least one of the requested keys corresponds to a non-json value",
    ],
    ["an array", ["text"], "could not parse request body"],
  ];
  test.each(refused)("of %s is refused", async (_, options, message) => {
    const refusal = await api.refusal("POST", `/${id}/bulk/get`, { body: JSON.stringify(options) });
    expect(refusal).toEqual([400, 10029, `bulk get keys: '${message}'`]);
  });

  test("with one binary value is refused whole", async () => {
    await api.succeed("PUT", `/${id}/values/binary`, { body: Buffer.from([0xff]) });
    const refusal = await api.refusal("POST", `/${id}/bulk/get`, { body: '{"keys":["text","binary"]}' });
    expect(refusal).toEqual([
      400,
      10029,
      "bulk get keys: 'At least one of the requested keys corresponds to a non-text value'",
    ]);
  });

  test("of more than 25 MiB together is refused", async () => {
    await api.succeed("PUT", `/${id}/values/large`, { body: Buffer.alloc(26_214_399, "a") });
    await get({ keys: ["large", "zero"] });
    const refusal = await api.refusal("POST", `/${id}/bulk/get`, { body: '{"keys":["large","text"]}' });
    expect(refusal).toEqual([413, 10024, "bulk get keys: 'Total size of request exceeds the limit of 25MB'"]);
  });
});
