import { request } from "node:http";
import { Api, account, authorization } from "./api";

let api: Api;
beforeEach(async () => {
  api = await Api.start();
});
afterEach(() => api.close());

async function control(method: string, path: string, content?: unknown): Promise<[number, unknown]> {
  const body = content === undefined ? undefined : JSON.stringify(content);
  const response = await fetch(api.emulator.control + path, { method, body });
  return [response.status, await response.json()];
}

test("the log has each request as it came and how it went, and none to the control resource", async () => {
  const id = await api.namespace();
  const path = `/client/v4/accounts/${account}/storage/kv/namespaces/${id}`;
  api.emulator.setClock({ nowMs: 1_800_000_000_000 });
  api.emulator.clearLog();
  await api.succeed("PUT", `/${id}/values/a%2Fb?expiration_ttl=60`, { body: "é", headers: { "user-agent": "me/1" } });
  await api.seed(id, { c: "", d: "" });
  await api.succeed("POST", `/${id}/bulk/delete`, { body: '["c","x"]' });
  await api.refusal("DELETE", `/${id}/values/`);
  const common = { account, namespace: id, at: 1_800_000_000_000, writes: 0, deletes: 0, bodyBytes: 0, status: 200 };
  const expected = [
    {
      ...common,
      method: "PUT",
      path: `${path}/values/a%2Fb?expiration_ttl=60`,
      operation: "values.put",
      key: "a/b",
      writes: 1,
      bodyBytes: 2,
      userAgent: "me/1",
    },
    {
      ...common,
      method: "PUT",
      path: `${path}/bulk`,
      operation: "bulk.put",
      keys: ["c", "d"],
      writes: 2,
      bodyBytes: 47,
    },
    {
      ...common,
      method: "POST",
      path: `${path}/bulk/delete`,
      operation: "bulk.delete",
      keys: ["c", "x"],
      deletes: 2,
      bodyBytes: 9,
    },
    { ...common, method: "DELETE", path: `${path}/values/`, operation: "unknown", status: 405 },
  ];
  expect(api.emulator.log).toEqual(expected);
  expect(await control("GET", "/log")).toEqual([200, expected]);
  expect(await control("DELETE", "/log")).toEqual([200, []]);
  expect(api.emulator.log).toEqual([]);
});

test("faults are set, counted down, shown and ended", async () => {
  const fault = { match: { operation: "namespaces.list" }, times: 3, action: { status: 503, body: "html" } };
  expect(await control("PUT", "/faults", [fault])).toEqual([200, [fault]]);
  expect((await api.call("GET", "")).status).toBe(503);
  expect(await control("GET", "/faults")).toEqual([200, [{ ...fault, times: 2 }]]);
  expect(await control("DELETE", "/faults")).toEqual([200, []]);
  expect((await api.call("GET", "")).status).toBe(200);
});

test("the clock is stopped, shifted and let go", async () => {
  expect(await control("PUT", "/clock", { nowMs: 5 })).toEqual([200, { nowMs: 5, now: 5 }]);
  expect(await control("PUT", "/clock", { nowMs: 5, offsetMs: 2 })).toEqual([200, { nowMs: 5, offsetMs: 2, now: 7 }]);
  await control("PUT", "/clock", { offsetMs: 1e12 });
  const [, shifted] = await control("GET", "/clock");
  expect((shifted as { now: number }).now).toBeGreaterThan(Date.now() + 9e11);
  const [, real] = await control("PUT", "/clock", {});
  expect((real as { now: number }).now).toBeLessThan(Date.now() + 9e11);
});

test("limits are replaced and restored", async () => {
  const [, limits] = await control("GET", "/limits");
  const id = await api.namespace();
  expect(await control("PUT", "/limits", { maxBulkPairs: 1 })).toEqual([
    200,
    { ...(limits as object), maxBulkPairs: 1 },
  ]);
  const body = '[{"key":"a","value":""},{"key":"b","value":""}]';
  expect((await api.refusal("PUT", `/${id}/bulk`, { body }))[1]).toBe(10012);
  expect(await control("PUT", "/limits", {})).toEqual([200, limits]);
  await api.succeed("PUT", `/${id}/bulk`, { body });
});

test("tokens are rotated, and null accepts any", async () => {
  await control("PUT", "/tokens", ["new"]);
  expect((await api.refusal("GET", ""))[1]).toBe(10000);
  await api.succeed("GET", "", { headers: { authorization: "Bearer new" } });
  await control("PUT", "/tokens", null);
  await api.succeed("GET", "");
});

test("what is stored can be looked at", async () => {
  const id = await api.namespace("one");
  await api.seed(id, [{ key: "k", value: "/w==", base64: true, metadata: { a: 1 }, expiration: 2_000_000_000 }]);
  await api.seed(id, { "k/ä": "text", l: "" });
  const binary = { key: "k", valueBase64: "/w==", metadata: { a: 1 }, expiration: 2_000_000_000 };
  const text = { key: "k/ä", value: "text", metadata: null };
  const empty = { key: "l", value: "", metadata: null };
  const entries = (query: string) => control("GET", `/entries?namespace=${id}${query}`);
  expect(await entries("")).toEqual([200, [binary, text, empty]]);
  expect(await entries("&prefix=k")).toEqual([200, [binary, text]]);
  expect(await entries("&prefix=k&limit=1")).toEqual([200, [binary]]);
  expect(await entries("&prefix=%C3%A4")).toEqual([200, []]);
  expect(await entries("&limit=0")).toEqual([400, { error: 'Invalid limit "0": expected a whole number from 1.' }]);
  expect(await control("GET", "/namespaces")).toEqual([200, [{ id, account, title: "one", keys: 3 }]]);
});

test("keys come by the page, with their place among all that have the prefix", async () => {
  const id = await api.namespace();
  const pairs = ["a", "b/1", "b/2", "b/3", "b/4", "c"].map((key) => ({ key, value: "v" }));
  await api.seed(id, [...pairs, { key: "b/x", value: "v", metadata: { a: 1 }, expiration: 2_000_000_000 }]);
  const keys = async (query: string) => (await control("GET", `/keys?namespace=${id}${query}`))[1];
  const shown = (...names: string[]) => names.map((key) => ({ key, metadata: null }));
  const last = { key: "b/x", metadata: { a: 1 }, expiration: 2_000_000_000 };
  expect(await keys("&prefix=b/&limit=2")).toEqual({ total: 5, before: 0, keys: shown("b/1", "b/2") });
  expect(await keys("&prefix=b/&limit=3&after=b/2")).toEqual({
    total: 5,
    before: 2,
    keys: [...shown("b/3", "b/4"), last],
  });
  expect(await keys("&prefix=b/&after=b/30")).toEqual({ total: 5, before: 3, keys: [...shown("b/4"), last] });
  expect(await keys("&prefix=b/&after=a")).toMatchObject({ total: 5, before: 0 });
  expect(await keys("&prefix=b/&after=zzz")).toEqual({ total: 5, before: 5, keys: [] });
  expect(await keys("&limit=1")).toEqual({ total: 7, before: 0, keys: shown("a") });
  expect(await keys("&prefix=%C3%A4")).toEqual({ total: 0, before: 0, keys: [] });
});

test("what is deleted or expired is not counted, and what is written again is", async () => {
  const id = await api.namespace();
  api.emulator.setClock({ nowMs: 1_800_000_000_000 });
  await api.seed(id, [
    { key: "deleted", value: "" },
    { key: "passing", value: "", expiration_ttl: 60 },
    { key: "lasting", value: "" },
    { key: "later", value: "", expiration_ttl: 600 },
  ]);
  const count = async () => ((await control("GET", "/namespaces"))[1] as { keys: number }[])[0]?.keys;
  expect(await count()).toBe(4);
  await api.succeed("DELETE", `/${id}/values/deleted`);
  expect(await count()).toBe(3);
  api.emulator.setClock({ nowMs: 1_800_000_060_000 });
  expect(await count()).toBe(2);
  await api.seed(id, { deleted: "", passing: "" });
  expect(await count()).toBe(4);
});

test("an entry comes with as much of its value as is wanted, in whole characters", async () => {
  const id = await api.namespace();
  await api.seed(id, [
    { key: "text", value: "aéz", metadata: [1] },
    { key: "bytes", value: "/wAB", base64: true },
    { key: "é\0", value: "", expiration: 2_000_000_000 },
  ]);
  const entry = (query: string) => control("GET", `/entry?namespace=${id}&key=${query}`);
  expect(await entry("text")).toEqual([200, { key: "text", bytes: 4, value: "aéz", metadata: [1] }]);
  expect(await entry("text&limit=2")).toEqual([200, { key: "text", bytes: 4, value: "a", metadata: [1] }]);
  expect(await entry("text&limit=3")).toEqual([200, { key: "text", bytes: 4, value: "aé", metadata: [1] }]);
  expect(await entry("text&limit=0")).toEqual([200, { key: "text", bytes: 4, value: "", metadata: [1] }]);
  expect(await entry("bytes&limit=2")).toEqual([200, { key: "bytes", bytes: 3, valueBase64: "/wA=", metadata: null }]);
  const odd = { key: "é\0", bytes: 0, value: "", metadata: null, expiration: 2_000_000_000 };
  expect(await entry("%C3%A9%00")).toEqual([200, odd]);
  expect(await entry("none")).toEqual([404, { error: 'There is no key "none" in this namespace.' }]);
  expect((await control("GET", "/entry?namespace=nowhere&key=a"))[0]).toBe(404);
});

test("the log is followed from a position, which goes on when it is forgotten", async () => {
  const id = await api.namespace();
  await api.seed(id, { a: "", b: "", c: "", d: "" });
  await api.call("GET", `/${id}/values/a`);
  const after = async (query: string) => {
    const [, answer] = await control("GET", `/log?after=${query}`);
    const { requests, ...positions } = answer as { requests: { operation: string }[] };
    return { ...positions, operations: requests.map(({ operation }) => operation) };
  };
  expect(await after("1")).toEqual({ first: 0, next: 3, operations: ["bulk.put", "values.get"] });
  expect(await after("0&limit=1")).toEqual({ first: 0, next: 3, operations: ["values.get"] });
  expect(await after("3")).toEqual({ first: 0, next: 3, operations: [] });
  expect(await after("99")).toEqual({ first: 0, next: 3, operations: [] });
  const [, { requests }] = (await control("GET", "/log?after=1&limit=2")) as [number, { requests: object[] }];
  expect(requests[0]).toMatchObject({ keys: ["a", "b", "c"], keyCount: 4 });
  await control("DELETE", "/log");
  await api.call("GET", `/${id}/values/a`);
  expect(await after("0")).toEqual({ first: 3, next: 4, operations: ["values.get"] });
  expect(await control("GET", "/log?after=x")).toEqual([
    400,
    { error: 'Invalid after "x": expected a whole number from 0.' },
  ]);
});

test("it lists what it can do, and all that it lists is there", async () => {
  const [status, listed] = await control("GET", "");
  const resources = listed as { resource: string; methods: string[]; about: string }[];
  expect([status, resources.map(({ resource }) => resource)]).toEqual([
    200,
    ["log", "faults", "clock", "limits", "tokens", "namespaces", "entries", "keys", "entry"].map(
      (name) => `/__control/${name}`,
    ),
  ]);
  const id = await api.namespace();
  await api.seed(id, { a: "" });
  for (const { resource, methods } of resources) {
    if (!methods.includes("GET")) continue;
    expect((await control("GET", `${resource.replace("/__control", "")}?namespace=${id}&key=a`))[0]).toBe(200);
  }
});

describe("a website", () => {
  /** As a browser sends it: its user cannot set these headers, and `fetch` does not let a program set them either. */
  async function ask(path: string, headers: Record<string, string>): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    request({ port: new URL(api.emulator.url).port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
    return promise;
  }

  test.each([
    ["of another origin", 403, (host: string) => ({ host, origin: "https://example.com" })],
    ["of no origin", 403, (host: string) => ({ host, origin: "null" })],
    ["on another port of this machine", 403, (host: string) => ({ host, origin: "http://localhost:3000" })],
    ["whose name leads to this machine", 403, (host: string) => ({ host: host.replace("127.0.0.1", "evil.example") })],
    [
      "whose name looks like this machine's",
      403,
      (host: string) => ({ host: `127.0.0.1.evil.example${host.slice(9)}` }),
    ],
    ["that is the emulator's own", 200, (host: string) => ({ host, origin: `http://${host}` })],
    ["that is none, but a program", 200, (host: string) => ({ host: host.replace("127.0.0.1", "localhost") })],
    [
      "that is none, but a container",
      200,
      (host: string) => ({ host: host.replace("127.0.0.1", "host.docker.internal") }),
    ],
    ["of another site, which asks for an image", 403, (host: string) => ({ host, ...fetching("cross-site", "image") })],
    ["on another port, which asks for a script", 403, (host: string) => ({ host, ...fetching("same-site", "script") })],
    ["that frames it", 403, (host: string) => ({ host, ...fetching("cross-site", "iframe", "navigate") })],
    ["that is its own, and reads", 200, (host: string) => ({ host, ...fetching("same-origin", "empty") })],
    ["that is none, but an address typed in", 200, (host: string) => ({ host, ...fetching("none", "document") })],
  ])("%s is answered with %i, by the API, the control resource and the page", async (_, status, headersFor) => {
    const { host, pathname } = new URL(api.emulator.url);
    const headers = { ...authorization, ...headersFor(host) };
    const path = `${pathname}/accounts/${account}/storage/kv/namespaces`;
    const statuses = [path, "/__control/namespaces", "/"].map((target) => ask(target, headers));
    expect(await Promise.all(statuses)).toEqual([status, status, status]);
  });

  test("may link to the page, and to nothing else", async () => {
    const { host, pathname } = new URL(api.emulator.url);
    const headers = { ...authorization, host, ...fetching("cross-site", "document", "navigate") };
    const path = `${pathname}/accounts/${account}/storage/kv/namespaces`;
    const statuses = [path, "/__control/namespaces", "/", "/?a"].map((target) => ask(target, headers));
    expect(await Promise.all(statuses)).toEqual([403, 403, 200, 200]);
  });

  /** What a browser says of a request by itself. */
  function fetching(site: string, destination: string, mode = "no-cors"): Record<string, string> {
    return { "sec-fetch-site": site, "sec-fetch-dest": destination, "sec-fetch-mode": mode };
  }
});

const nonsense: [request: string, content: unknown, message: string][] = [
  ["PUT /faults", {}, "Invalid faults: expected an array."],
  ["PUT /faults", [{ action: { status: 503 } }, {}], "Invalid fault at [1]: {}."],
  [
    "PUT /faults",
    [{ action: { type: "explode" } }],
    'Invalid fault at [0]: {"action":{"type":"explode"}}; there are the types status, drop, delay, trickle, truncate, ' +
      "unsuccessful, stale, negative, emptyPage, namespaceNotFound, resultNull, code971, contentType.",
  ],
  [
    "PUT /faults",
    [{ match: { operation: "value.put" }, action: { status: 503 } }],
    'Invalid fault at [0]: {"match":{"operation":"value.put"},"action":{"status":503}}; there are the operations ' +
      "namespaces.list, namespaces.create, namespaces.get, namespaces.rename, namespaces.delete, keys.list, values.get, " +
      "values.put, values.delete, metadata.get, bulk.put, bulk.delete, bulk.get.",
  ],
  ["PUT /faults", [{ action: { type: "drop" } }], 'Invalid fault at [0]: {"action":{"type":"drop"}}.'],
  ["PUT /faults", [{ action: { status: 1 } }], 'Invalid fault at [0]: {"action":{"status":1}}.'],
  [
    "PUT /faults",
    [{ action: { status: 500 }, tmies: 2 }],
    'Invalid fault at [0]: {"action":{"status":500},"tmies":2}.',
  ],
  [
    "PUT /faults",
    [{ match: { path: "(" }, action: { status: 500 } }],
    'Invalid fault at [0]: {"match":{"path":"("},"action":{"status":500}}.',
  ],
  ["PUT /clock", { now: 5 }, 'Invalid clock: expected offsetMs or nowMs in milliseconds, got {"now":5}.'],
  ["PUT /clock", "noon", 'Invalid clock: expected offsetMs or nowMs in milliseconds, got "noon".'],
  ["PUT /limits", { maxPairs: 5 }, 'Invalid limits: "maxPairs" is not a limit.'],
  ["PUT /limits", { rate: { requests: 5 } }, 'Invalid limits: rate cannot be {"requests":5}.'],
  ["PUT /tokens", "x", "Invalid tokens: expected an array of strings, or null."],
];
test.each(nonsense)("%s %j is refused with one sentence", async (request, content, message) => {
  const [method = "", path = ""] = request.split(" ");
  expect(await control(method, path, content)).toEqual([400, { error: message }]);
});

test("a request whose body breaks off has no effect and leaves no entry", async () => {
  const id = await api.namespace();
  api.emulator.clearLog();
  const { port, pathname } = new URL(api.emulator.url);
  const path = `${pathname}/accounts/${account}/storage/kv/namespaces/${id}/values/key`;
  const headers = { ...authorization, "content-length": 100 };
  const outgoing = request({ port, path, method: "PUT", headers });
  const closed = new Promise((resolve) => outgoing.once("close", resolve));
  outgoing.on("error", () => {});
  outgoing.write("half", () => setImmediate(() => outgoing.destroy()));
  await closed;
  await api.succeed("GET", `/${id}/keys`);
  expect(api.emulator.log.map(({ operation }) => operation)).toEqual(["keys.list"]);
  expect(api.emulator.keys(id)).toEqual([]);
});

test("the entries of an unknown namespace are not found", async () => {
  const error = 'There is no namespace "nowhere"; GET /__control/namespaces lists them.';
  expect(await control("GET", "/entries?namespace=nowhere")).toEqual([404, { error }]);
});

test("an unknown control path is not found", async () => {
  for (const name of ["foo", "constructor", "__proto__"]) {
    expect(await control("GET", `/${name}`)).toEqual([404, { error: `There is no GET /__control/${name}.` }]);
  }
});
