import fc from "fast-check";
import type { FaultAction } from "../../provider/emulator/fault";
import type { KeyAddress } from "../../provider/kv/entry";
import { Api, accountId, type Connection, failureOf, sentinels, startStranger } from "./api";

let api: Api;
let connection: Connection;
let namespaceId: string;
beforeAll(async () => {
  api = await Api.start();
});
beforeEach(async () => {
  api.emulator.setFaults([]);
  api.emulator.setLimits({});
  connection = api.connect();
  ({ id: namespaceId } = await connection.client.createNamespace(accountId, { title: `test ${Math.random()}` }));
  api.emulator.clearLog();
});
afterAll(() => api.close());

const at = (key: string): KeyAddress => ({ accountId, namespaceId, key });
const stored = (key: string) => api.emulator.entry(namespaceId, key);
const fail = (action: FaultAction, times: number | null = null) => api.emulator.setFaults([{ action, times }]);

describe("the endpoints", () => {
  test("of namespaces create, list, get, rename and delete", async () => {
    const { client } = connection;
    const title = `Ünïcode title ${Math.random()}`;
    const created = await client.createNamespace(accountId, { title, jurisdiction: "eu" });
    expect(created).toMatchObject({ title, jurisdiction: "eu", supports_url_encoding: true });
    expect(await client.listNamespaces(accountId)).toContainEqual(created);
    expect(await client.getNamespace(accountId, created.id)).toEqual(created);
    await client.renameNamespace(accountId, created.id, `${title}, renamed`);
    expect((await client.getNamespace(accountId, created.id)).title).toBe(`${title}, renamed`);
    await client.deleteNamespace(accountId, created.id);
    expect(await client.listNamespaces(accountId)).not.toContainEqual(expect.objectContaining({ id: created.id }));
    expect(api.requests).toEqual([
      "namespaces.create 200",
      "namespaces.list 200",
      "namespaces.get 200",
      "namespaces.rename 200",
      "namespaces.get 200",
      "namespaces.delete 200",
      "namespaces.list 200",
    ]);
  });

  test("of keys put, get, tell metadata, list and delete", async () => {
    const { client, clock } = connection;
    const expiration = clock.seconds + 3600;
    await client.putValue(at("a"), { value: Buffer.from("1"), metadata: { m: [1, null] }, expiration });
    await client.putValue(at("b"), { value: Buffer.from("2"), expirationTtl: 60 });
    await client.putValue(at("c"), { value: Buffer.from("3") });
    expect(await client.getValue(at("a"))).toEqual({ value: Buffer.from("1"), expiration });
    expect(await client.getValue(at("b"))).toEqual({ value: Buffer.from("2"), expiration: clock.seconds + 60 });
    expect(await client.getValue(at("c"))).toEqual({ value: Buffer.from("3"), expiration: undefined });
    expect(await client.getMetadata(at("a"))).toEqual({ m: [1, null] });
    expect(await client.getMetadata(at("c"))).toBeNull();
    const page = await client.listKeys({ accountId, namespaceId });
    expect([page.keys.map(({ name }) => name), page.cursor]).toEqual([["a", "b", "c"], undefined]);
    await client.deleteValue(at("a"));
    await client.deleteValue(at("never there"));
    expect(api.emulator.keys(namespaceId)).toEqual(["b", "c"]);
    expect(api.emulator.log.every(({ status }) => status === 200)).toBe(true);
  });

  test("clear with a write what it leaves out", async () => {
    const { client } = connection;
    await client.putValue(at("a"), { value: Buffer.from("1"), metadata: "old", expirationTtl: 60 });
    await client.putValue(at("a"), { value: Buffer.from("2"), metadata: null });
    expect(stored("a")).toEqual({ value: Buffer.from("2"), metadata: null });
  });

  test("say that a key, or its namespace, is not there by code and status", async () => {
    const { client } = connection;
    const missing = await failureOf(client.getValue(at("a")));
    expect([missing.status, missing.errors]).toEqual([404, [{ code: 10009, message: "get: 'key not found'" }]]);
    const nowhere = await failureOf(client.getMetadata({ ...at("a"), namespaceId: "f".repeat(32) }));
    expect([nowhere.status, nowhere.errors]).toEqual([404, [expect.objectContaining({ code: 10013 })]]);
  });
});

describe("every request", () => {
  test("carries the token, and says who asks", async () => {
    const stranger = await startStranger((response) => response.writeHead(400).end());
    const { client, transport } = api.connect({ baseUrl: stranger.url });
    await failureOf(client.deleteValue(at("a")));
    const [request] = stranger.requests;
    expect(request?.headers).toMatchObject({ authorization: `Bearer ${sentinels.token}`, "user-agent": "test/1" });
    expect(request?.headers).not.toHaveProperty("x-auth-key");
    await transport.close();
    await stranger.close();
  });

  test("carries the API key with its e-mail address instead", async () => {
    const stranger = await startStranger((response) => response.writeHead(400).end());
    const credential = { apiKey: sentinels.apiKey, email: "somebody@example.com" };
    const { client, transport } = api.connect({ baseUrl: stranger.url, credential });
    await failureOf(client.deleteValue(at("a")));
    const [request] = stranger.requests;
    expect(request?.headers).toMatchObject({ "x-auth-email": credential.email, "x-auth-key": sentinels.apiKey });
    expect(request?.headers).not.toHaveProperty("authorization");
    await transport.close();
    await stranger.close();
  });

  test("is below the path of the base URL", async () => {
    const stranger = await startStranger((response) => response.writeHead(400).end());
    for (const [path, begins] of [
      ["", "/accounts"],
      ["/", "/accounts"],
      ["/a/b%20c", "/a/b%20c/accounts"],
    ] as const) {
      const { client, transport } = api.connect({ baseUrl: new URL(stranger.url).origin + path });
      await failureOf(client.deleteValue(at("a")));
      expect(stranger.requests.at(-1)?.url).toBe(
        `${begins}/${accountId}/storage/kv/namespaces/${namespaceId}/values/a`,
      );
      await transport.close();
    }
    await stranger.close();
  });

  test("goes straight to this machine, whatever proxy is set, and to others through it", async () => {
    const proxy = await startStranger((response) => response.writeHead(400).end());
    process.env.HTTP_PROXY = new URL(proxy.url).origin;
    try {
      await connection.client.listNamespaces(accountId);
      await api.connect().client.listNamespaces(accountId);
      expect(proxy.requests).toHaveLength(0);
      const { client, transport } = api.connect({ baseUrl: "http://api.example/client/v4" });
      await failureOf(client.listNamespaces(accountId));
      await transport.close();
    } finally {
      delete process.env.HTTP_PROXY;
      await proxy.close();
    }
    expect(proxy.requests).toHaveLength(1);
  });

  test("fails with one sentence when the proxy is none, and does not quote it", () => {
    process.env.HTTPS_PROXY = "//somebody:secret@";
    try {
      expect(() => api.connect()).toThrow(
        /^HTTPS_PROXY or HTTP_PROXY is not the URL of a proxy, such as http:\/\/proxy.example:3128$/,
      );
    } finally {
      delete process.env.HTTPS_PROXY;
    }
  });
});

describe("keys", () => {
  const awkward = [
    "/",
    "//",
    "/leading",
    "trailing/",
    "a/b/../c",
    "%",
    "%2F",
    "100%",
    "a?b=c",
    "a#b",
    "a&b=c",
    "a b",
    " ",
    "+",
    "a+b",
    "...",
    ".hidden",
    "%2e%2e",
    "__proto__",
    "constructor",
    "key\nwith\tcontrol\u0000characters",
    "é",
    "e\u0301",
    "日本語",
    "👩‍👩‍👧",
    "\ufeffbom",
    "\u2028",
    "!'()*~",
    "\\",
    '"',
    "k".repeat(512),
    "é".repeat(256),
  ];
  test.each(awkward)("come back as they were sent: %j", async (key) => {
    const { client } = connection;
    await client.putValue(at(key), { value: Buffer.from(key), metadata: key });
    expect(api.emulator.keys(namespaceId)).toEqual([key]);
    expect((await client.getValue(at(key))).value.toString()).toBe(key);
    expect(await client.getMetadata(at(key))).toBe(key);
    expect((await client.listKeys({ accountId, namespaceId })).keys).toMatchObject([{ name: key }]);
    await client.deleteValue(at(key));
    expect(api.emulator.keys(namespaceId)).toEqual([]);
  });

  const key = fc
    .oneof(fc.string({ unit: "binary", minLength: 1, maxLength: 170 }), fc.webPath(), fc.emailAddress())
    .filter((text) => text !== "" && text !== "." && text !== ".." && Buffer.byteLength(text) <= 512);

  test("are encoded exactly once, whatever they are", async () => {
    const { client } = connection;
    const write = async (name: string) => {
      await client.putValue(at(name), { value: Buffer.from(name) });
      expect(api.emulator.log.at(-1)?.key).toBe(name);
      expect((await client.getValue(at(name))).value.toString()).toBe(name);
    };
    await fc.assert(fc.asyncProperty(key, write), { numRuns: 200 });
  });

  const refused: [name: string, key: string, says: string][] = [
    ["an empty one", "", "The key must not be empty"],
    ["a dot", ".", 'The key must not be ".", which the API refuses as a key'],
    ["two dots", "..", 'The key must not be "..", which the API refuses as a key'],
    ["half a character", "a\ud800", "The key has a lone surrogate, which UTF-8 cannot carry; remove it"],
    ["the other half", "\udc00", "The key has a lone surrogate, which UTF-8 cannot carry; remove it"],
    ["513 bytes", "k".repeat(513), "The key is 513 bytes long, at most 512 are allowed"],
    ["513 bytes in 257 characters", `${"é".repeat(256)}k`, "The key is 513 bytes long, at most 512 are allowed"],
  ];
  test.each(refused)("are refused before a request: %s", async (_, name, says) => {
    const { client } = connection;
    const value = Buffer.from("x");
    for (const call of [
      () => client.putValue(at(name), { value }),
      () => client.getValue(at(name)),
      () => client.getMetadata(at(name)),
      () => client.deleteValue(at(name)),
    ]) {
      expect((await failureOf(call())).message).toBe(says);
    }
    expect(api.emulator.log).toHaveLength(0);
  });
});

describe("values", () => {
  const values: [name: string, value: Buffer][] = [
    ["nothing", Buffer.alloc(0)],
    ["0", Buffer.from("0")],
    ["false", Buffer.from("false")],
    ["null", Buffer.from("null")],
    ["a BOM", Buffer.from("\ufefftext")],
    ["line ends", Buffer.from("a\r\nb\rc\n\n")],
    ["what looks like the end of a form", Buffer.from("\r\n------formdata-undici-0--\r\n")],
    ["an envelope", Buffer.from('{"success":false,"errors":[{"code":971,"message":"wait"}]}')],
    ["no UTF-8", Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3])],
    ["every byte", Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ];
  describe.each(values)("are bytes: %s", (_, value) => {
    test.each([
      ["without metadata", undefined],
      ["with metadata", { "line\r\nend": "é" }],
    ])("%s", async (_name, metadata) => {
      const { client } = connection;
      await client.putValue(at("a"), { value, metadata });
      expect(stored("a")).toEqual({ value, metadata: metadata ?? null });
      expect((await client.getValue(at("a"))).value).toEqual(value);
    });
  });

  test.each([
    ["without metadata", undefined],
    ["with metadata", "m"],
  ])("may have 25 MiB %s", async (_, metadata) => {
    const value = Buffer.alloc(25 * 1024 * 1024, "é");
    await connection.client.putValue(at("a"), { value, metadata });
    const { value: read } = await connection.client.getValue(at("a"));
    expect(read.equals(value)).toBe(true);
    expect(await connection.client.getMetadata(at("a"))).toBe(metadata ?? null);
  });

  test("are sent anew in every attempt", async () => {
    fail({ type: "drop", when: "before" }, 2);
    await connection.client.putValue(at("a"), { value: Buffer.from("whole"), metadata: "m" });
    expect(stored("a")).toEqual({ value: Buffer.from("whole"), metadata: "m" });
    expect(new Set(api.emulator.log.map(({ bodyBytes }) => bodyBytes)).size).toBe(1);
  });

  test.each([
    ["", ""],
    [0, 0],
    [false, false],
    [{}, {}],
    [[], []],
    [
      { a: null, b: [null] },
      { a: null, b: [null] },
    ],
  ])("keep metadata that is %j", async (metadata, expected) => {
    await connection.client.putValue(at("a"), { value: Buffer.from("v"), metadata });
    expect(await connection.client.getMetadata(at("a"))).toEqual(expected);
  });
});

describe("lists of namespaces", () => {
  test("are read to the last page of 1,000", async () => {
    const { client } = connection;
    api.emulator.setLimits({ maxNamespaces: 3000, maxNamespacesPerPage: 1000 });
    const other = "f".repeat(32);
    for (let index = 0; index < 1001; index++) {
      await client.createNamespace(other, { title: `n${index}` });
      connection.clock.advance(1);
    }
    api.emulator.clearLog();
    expect(new Set((await client.listNamespaces(other)).map(({ title }) => title)).size).toBe(1001);
    expect(api.emulator.log.map(({ path }) => path.split("?")[1])).toEqual([
      "page=1&per_page=1000",
      "page=2&per_page=1000",
    ]);
  });

  test("may have no result where there is nothing to list, and only there", async () => {
    fail({ type: "resultNull" });
    await expect(connection.client.listNamespaces(accountId)).rejects.toThrow("result is missing");
    fail({ type: "resultNull" });
    expect(await connection.client.listNamespaces("e".repeat(32))).toEqual([]);
  });

  const one = "1".repeat(32);
  const pages: [name: string, answer: (page: number) => object, requests: number][] = [
    [
      "without a total, to the first empty page",
      (page) => ({ result: page < 3 ? [{ id: `${page}`.repeat(32), title: "" }] : [] }),
      3,
    ],
    ["that are always the same, once", () => ({ result: [{ id: one, title: "one" }], result_info: null }), 2],
    ["with a total of null", () => ({ result: [{ id: one, title: "" }], result_info: { total_count: null } }), 2],
    ["with a total of 1", () => ({ result: [{ id: one, title: "" }], result_info: { total_count: 1, more: 2 } }), 1],
  ];
  test.each(pages)("are read %s", async (_, answer, requests) => {
    const stranger = await startStranger((response, { url = "" }) => {
      const page = Number(new URLSearchParams(url.split("?")[1]).get("page"));
      const body = JSON.stringify({ success: true, errors: [], messages: null, ...answer(page) });
      response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(body);
    });
    const { client, transport } = api.connect({ baseUrl: stranger.url });
    await client.listNamespaces(accountId);
    expect(stranger.requests).toHaveLength(requests);
    await transport.close();
    await stranger.close();
  });
});

describe("lists of keys", () => {
  test("go on with the cursor, also after an empty page", async () => {
    const { client } = connection;
    const names = Array.from({ length: 25 }, (_, index) => `k${String(index).padStart(2, "0")}`);
    for (const name of names) await client.putValue(at(name), { value: Buffer.from("v") });
    api.emulator.setFaults([{ action: { type: "emptyPage" }, skip: 1 }]);
    const found: string[] = [];
    let cursor: string | undefined;
    const read = async () => {
      const page = await client.listKeys({ accountId, namespaceId }, { limit: 10, cursor });
      found.push(...page.keys.map(({ name }) => name));
      return page.cursor;
    };
    cursor = await read();
    await expect(read()).rejects.toThrow(/was answered with the cursor that was sent: no end in sight$/);
    for (let pages = 0; cursor !== undefined && pages < 5; pages++) cursor = await read();
    expect(found).toEqual(names);
  });

  test("may be empty and yet go on", async () => {
    fail({ type: "emptyPage" }, 1);
    const page = await connection.client.listKeys({ accountId, namespaceId });
    expect(page).toEqual({ keys: [], cursor: expect.any(String) });
    expect(await connection.client.listKeys({ accountId, namespaceId }, { cursor: page.cursor })).toEqual({
      keys: [],
      cursor: undefined,
    });
  });
});

describe("answers with less or more than expected", () => {
  test.each(["putValue", "deleteValue", "renameNamespace", "deleteNamespace"] as const)(
    "may have no result: %s",
    async (method) => {
      const { client } = connection;
      fail({ type: "resultNull" });
      if (method === "putValue") await client.putValue(at("a"), { value: Buffer.from("v") });
      if (method === "deleteValue") await client.deleteValue(at("a"));
      if (method === "renameNamespace") await client.renameNamespace(accountId, namespaceId, "new");
      if (method === "deleteNamespace") await client.deleteNamespace(accountId, namespaceId);
      expect(api.emulator.log).toHaveLength(1);
    },
  );

  test("are unclear when a create has no result", async () => {
    fail({ type: "resultNull" });
    const error = await failureOf(connection.client.createNamespace(accountId, { title: "nowhere" }));
    expect(error.message).toBe(
      `POST /accounts/${accountId}/storage/kv/namespaces was answered, but not as the API does: ` +
        "the body is not as expected; check baseUrl",
    );
    expect(error.ambiguous).toBe(true);
  });

  const expirations: [header: string | undefined, expiration: number | undefined][] = [
    [undefined, undefined],
    ["", undefined],
    ["never", undefined],
    ["1900000000", 1_900_000_000],
  ];
  test.each(expirations)("may have an expiration of %j", async (header, expiration) => {
    const stranger = await startStranger((response) => {
      if (header !== undefined) response.setHeader("expiration", header);
      response.writeHead(200, { "content-type": "application/octet-stream" }).end("v");
    });
    const { client, transport } = api.connect({ baseUrl: stranger.url });
    expect(await client.getValue(at("a"))).toEqual({ value: Buffer.from("v"), expiration });
    await transport.close();
    await stranger.close();
  });

  test("are not quoted", async () => {
    const result = { id: 5, title: sentinels.value };
    const stranger = await startStranger((response) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ success: true, result })),
    );
    const { client, transport } = api.connect({ baseUrl: stranger.url });
    const { message } = await failureOf(client.getNamespace(accountId, namespaceId));
    expect(message).toBe(
      `GET /accounts/${accountId}/storage/kv/namespaces/${namespaceId} was answered, but not as the API does: ` +
        "id is not as expected; check baseUrl",
    );
    await transport.close();
    await stranger.close();
  });
});
