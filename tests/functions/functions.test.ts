import { createCore } from "../../provider/index";
import type { InvokeResult } from "../../provider/pulumi/function-provider";
import type { Call, Properties } from "../../provider/pulumi/resource-provider";
import { SecretInputs } from "../../provider/pulumi/secret-inputs";
import { ConfigError } from "../../provider/session/config";
import { quietCall } from "../quiet-call";
import { accountId, failureOf, otherId, unknown, World } from "../resources/world";

let world: World;
let namespaceId: string;
beforeEach(async () => {
  world = await World.start();
  namespaceId = await namespace("data");
});
afterEach(() => world.close());

function invoke(name: string, args: Properties = {}, call: Call = quietCall): Promise<InvokeResult> {
  const fn = world.core.functions.get(`cloudflare-kv:index:${name}`);
  if (!fn) throw new Error(`no ${name}`);
  return fn.invoke(args, call);
}

async function result(name: string, args: Properties = {}): Promise<Properties> {
  const answer = await invoke(name, args);
  expect(answer.failures).toEqual([]);
  return JSON.parse(JSON.stringify(answer.result));
}

/** What a function of the namespace says is wrong, by property. */
async function problems(name: string, args: Properties): Promise<Record<string, string>> {
  const answer = await invoke(name, args);
  expect(answer.result).toEqual({});
  return Object.fromEntries(answer.failures.map(({ property, reason }) => [property, reason]));
}

async function api(method: string, path: string, body?: string | Uint8Array | FormData): Promise<void> {
  const url = `${world.emulator.url}/accounts/${accountId}/storage/kv/namespaces${path}`;
  const headers = { authorization: "Bearer somebody-else" };
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  if (!answer.ok) throw new Error(await answer.text());
}

/** One that somebody else has made. */
async function namespace(title: string, more: object = {}): Promise<string> {
  await api("POST", "", JSON.stringify({ title, ...more }));
  world.requests();
  return world.emulator.namespaces().find((found) => found.title === title)?.id ?? "";
}

/** Pairs that somebody else has written. */
async function put(...pairs: { key: string; value: string; [member: string]: unknown }[]): Promise<void> {
  await api("PUT", `/${namespaceId}/bulk`, JSON.stringify(pairs));
  world.requests();
}

const expiration = 2_000_000_000;
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `key-${String(index).padStart(5, "0")}`);

describe("getNamespace", () => {
  const details = () => ({
    id: `${accountId}/${namespaceId}`,
    accountId,
    namespaceId,
    title: "data",
    supportsUrlEncoding: true,
  });

  test("finds it by its exact title", async () => {
    await namespace("data 2");
    expect([await result("getNamespace", { title: "data" }), world.requests()]).toEqual([
      details(),
      ["namespaces.list"],
    ]);
  });

  test.each([
    ["bare id", () => namespaceId],
    ["the id of a Namespace", () => `${accountId}/${namespaceId}`],
  ])("finds it by its %s", async (_, id) => {
    expect([await result("getNamespace", { namespaceId: id() }), world.requests()]).toEqual([
      details(),
      ["namespaces.get"],
    ]);
  });

  test("tells the jurisdiction", async () => {
    await namespace("there", { jurisdiction: "eu" });
    expect(await result("getNamespace", { title: "there" })).toMatchObject({ jurisdiction: "eu" });
  });

  test.each([
    ["a title that nobody has", { title: "Data" }, `There is no namespace with the title "Data" in the account`],
    ["an id that nobody has", { namespaceId: otherId }, `There is no namespace ${otherId} in the account ${accountId}`],
  ])("fails for %s", async (_, args, sentence) => {
    const error = await failureOf(invoke("getNamespace", args));
    expect([error.name, error.message]).toEqual(["NotFoundError", expect.stringContaining(sentence)]);
  });

  test("takes exactly one of title and namespaceId", async () => {
    expect(await problems("getNamespace", {})).toEqual({ title: "is missing: give one of title, namespaceId" });
    expect(await problems("getNamespace", { title: "data", namespaceId })).toEqual({
      title: "must not be given beside namespaceId; give one of them",
    });
    expect(world.requests()).toEqual([]);
  });
});

describe("getNamespaces", () => {
  const titles = async (args: Properties = {}) =>
    ((await result("getNamespaces", args)).namespaces as { title: string }[]).map(({ title }) => title);

  test("lists all of the account in the order of their titles", async () => {
    await namespace("a");
    expect(await titles()).toEqual(["a", "data"]);
    expect(await titles({ accountId: otherId })).toEqual([]);
  });

  test("follows the pages to the end", async () => {
    world.emulator.setLimits({ maxNamespaces: 1001 });
    const names = numbered(1000);
    await Promise.all(names.map((name) => api("POST", "", JSON.stringify({ title: name }))));
    world.requests();
    expect(await titles()).toEqual(["data", ...names]);
    expect(world.requests()).toEqual(["namespaces.list", "namespaces.list"]);
  });
});

describe("getKeyValue", () => {
  test("answers a text with its metadata and expiration, in one request", async () => {
    const metadata = { owner: ["x", null, 1.5] };
    await put({ key: "a/b %", value: "größer", metadata, expiration });
    expect(await result("getKeyValue", { namespaceId, key: "a/b %" })).toEqual({
      value: "größer",
      metadata,
      expiration,
    });
    expect(world.requests()).toEqual(["bulk.get"]);
  });

  test("answers an empty text as one", async () => {
    await put({ key: "a", value: "" });
    expect(await result("getKeyValue", { namespaceId: `${accountId}/${namespaceId}`, key: "a" })).toEqual({
      value: "",
    });
  });

  test("answers bytes that are no text in base64", async () => {
    const form = new FormData();
    form.append("value", new Blob([new Uint8Array([0, 255, 254])]));
    form.append("metadata", '"m"');
    await api("PUT", `/${namespaceId}/values/a?expiration=${expiration}`, form);
    expect(await result("getKeyValue", { namespaceId, key: "a" })).toEqual({
      valueBase64: "AP/+",
      metadata: "m",
      expiration,
    });
  });

  test("fails where there is no such key, or no such namespace", async () => {
    const noKey = await failureOf(invoke("getKeyValue", { namespaceId, key: "a" }));
    expect([noKey.name, noKey.message]).toEqual([
      "NotFoundError",
      `There is no key "a" in the namespace ${namespaceId}, or it has expired: getKeys lists those that there are`,
    ]);
    const noNamespace = await failureOf(invoke("getKeyValue", { namespaceId: otherId, key: "a" }));
    expect(noNamespace.message).toContain(`There is no namespace ${otherId} in the account ${accountId}: `);
  });

  test.each<[string, Properties, Record<string, string>]>([
    ["nothing", {}, { namespaceId: "is required", key: "is required" }],
    [
      "another kind of namespaceId",
      { namespaceId: 7, key: "a" },
      { namespaceId: "must be a string, not a number; quote it" },
    ],
    [
      "a title for an id",
      { namespaceId: "data", key: "a" },
      { namespaceId: 'must be 32 lowercase hexadecimal digits, or <accountId>/<namespaceId>, not "data"' },
    ],
    ["an empty key", { namespaceId: otherId, key: "" }, { key: "must not be empty" }],
    [
      "an argument that it does not have",
      { namespaceId: otherId, key: "a", name: "a" },
      { name: "is an unknown property; expected one of accountId, namespaceId, key" },
    ],
  ])("refuses %s without a request", async (_, args, expected) => {
    expect([await problems("getKeyValue", args), world.requests()]).toEqual([expected, []]);
  });
});

describe("getKeyValues", () => {
  test("answers those below a prefix, as entries of a set, in byte order", async () => {
    await put(
      { key: "a/2", value: "two", metadata: { n: 1 }, expiration },
      { key: "a/1", value: "" },
      { key: "a/bin", value: "AP/+", base64: true },
      { key: "b", value: "x" },
    );
    const answer = await result("getKeyValues", { namespaceId, prefix: "a/" });
    expect(answer).toEqual({
      entries: [
        { key: "a/1", value: "" },
        { key: "a/2", value: "two", metadata: { n: 1 }, expiration },
        { key: "a/bin", valueBase64: "AP/+" },
      ],
    });
    const copy = await world.create("Namespace", "copy", { title: "copy" });
    await world.create("KeyValueSet", "copy", { namespaceId: copy.outs.namespaceId, ...answer });
    expect(world.emulator.entry(String(copy.outs.namespaceId), "a/bin")?.value).toEqual(Buffer.from([0, 255, 254]));
    expect(world.emulator.keys(String(copy.outs.namespaceId))).toEqual(["a/1", "a/2", "a/bin"]);
  });

  test.each([
    [{}, 250, ["keys.list", "bulk.get", "bulk.get", "bulk.get"]],
    [{ limit: 120 }, 120, ["keys.list", "bulk.get", "bulk.get"]],
    [{ prefix: "zzz" }, 0, ["keys.list"]],
  ])("with %j answers %#", async (args, count, requests) => {
    await put(...numbered(250).map((key) => ({ key, value: key })));
    const { entries } = await result("getKeyValues", { namespaceId, ...args });
    expect([(entries as unknown[]).length, world.requests()]).toEqual([count, requests]);
  });

  test("answers those of the named keys that are there, without a list", async () => {
    await put({ key: "a", value: "1" }, { key: "b", value: "2" });
    const { entries } = await result("getKeyValues", { namespaceId, keys: ["b", "gone", "a", "b"] });
    expect([entries, world.requests()]).toEqual([
      [
        { key: "a", value: "1" },
        { key: "b", value: "2" },
      ],
      ["bulk.get"],
    ]);
  });

  test("refuses names beside a prefix, and what is no name", async () => {
    expect(await problems("getKeyValues", { namespaceId, keys: ["a"], prefix: "b" })).toMatchObject({
      prefix: "must not be given beside keys; give one of them",
    });
    expect(await problems("getKeyValues", { namespaceId, keys: ["a", ""] })).toEqual({ "keys.1": "must not be empty" });
  });

  test("has values and metadata that are secret", async () => {
    await put({ key: "a", value: "1", metadata: { owner: "o" } });
    const { secrets } = await invoke("getKeyValues", { namespaceId });
    expect(secrets).toEqual([
      ["entries", 0, "value"],
      ["entries", 0, "metadata", "owner"],
    ]);
  });
});

test("three hundred getKeyValue that come together share requests", async () => {
  const all = numbered(300);
  await put(...all.map((key) => ({ key, value: key })));
  const answers = await Promise.all(all.map((key) => result("getKeyValue", { namespaceId, key })));
  expect(answers.map(({ value }) => value)).toEqual(all);
  expect(world.requests().length).toBeLessThanOrEqual(6);
});

describe("getKeys", () => {
  const names = async (args: Properties) =>
    ((await result("getKeys", { namespaceId, ...args })).keys as { name: string }[]).map(({ name }) => name);

  test("lists keys with what belongs to them, in byte order, and without values", async () => {
    await put(
      { key: "b", value: "1", metadata: { n: 1 }, expiration },
      { key: "\uffff", value: "2" },
      { key: "😀", value: "3" },
      { key: "B", value: "4" },
    );
    expect(await result("getKeys", { namespaceId })).toEqual({
      keys: [{ name: "B" }, { name: "b", metadata: { n: 1 }, expiration }, { name: "\uffff" }, { name: "😀" }],
    });
  });

  test("lists those with a prefix; an empty one is none", async () => {
    await put({ key: "a/1", value: "" }, { key: "a/2", value: "" }, { key: "b", value: "" });
    expect([await names({ prefix: "a/" }), await names({ prefix: "" })]).toEqual([
      ["a/1", "a/2"],
      ["a/1", "a/2", "b"],
    ]);
  });

  test.each([
    [undefined, 2500, 3, 1000],
    [1, 1, 1, 10],
    [10, 10, 1, 10],
    [700, 700, 1, 700],
    [1000, 1000, 1, 1000],
    [1001, 1001, 2, 1000],
    [9999, 2500, 3, 1000],
  ])("with a limit of %p answers %i of 2,500 keys in %i requests", async (limit, count, requests, perPage) => {
    const all = numbered(2500);
    await put(...all.map((key) => ({ key, value: "" })));
    expect(await names({ limit })).toEqual(all.slice(0, count));
    const paths = world.emulator.log.map(({ path }) => new URL(path, world.emulator.url).searchParams.get("limit"));
    expect(paths).toEqual(Array(requests).fill(String(perPage)));
  });

  test("goes on after an empty page", async () => {
    await put({ key: "a", value: "" });
    world.emulator.setFaults([{ action: { type: "emptyPage" } }]);
    expect(await names({ limit: 1 })).toEqual(["a"]);
  });

  test.each([[0], [1.5], [-1]])("refuses a limit of %p", async (limit) => {
    expect(await problems("getKeys", { namespaceId, limit })).toEqual({
      limit: `must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}, not ${limit}`,
    });
  });

  test("refuses a prefix with which no key can begin", async () => {
    expect(await problems("getKeys", { namespaceId, prefix: "x".repeat(512) })).toEqual({
      prefix: "is 512 bytes long, at most 511 are allowed",
    });
  });

  test("fails where there is no such namespace", async () => {
    const error = await failureOf(invoke("getKeys", { namespaceId: otherId }));
    expect([error.name, error.message]).toEqual(["NotFoundError", expect.stringContaining(otherId)]);
  });
});

describe("what is secret", () => {
  test("of the keys that are listed are their metadata, in their parts", async () => {
    await put({ key: "a", value: "1", metadata: { owner: "o", tiers: [1] } }, { key: "b", value: "2" });
    const { secrets } = await invoke("getKeys", { namespaceId });
    expect(secrets).toEqual([
      ["keys", 0, "metadata", "owner"],
      ["keys", 0, "metadata", "tiers", 0],
    ]);
  });

  test.each([
    ["getKeyValue", { key: "secret-name" }, "There is no such key in"],
    ["getKeyValue", { key: "secret-name", namespaceId: otherId }, "There is no namespace"],
  ])("of the arguments of %s is in no message", async (name, args, sentence) => {
    const call = { ...quietCall, secrets: new SecretInputs(["key"]) };
    const { message } = await failureOf(invoke(name, { namespaceId, ...args }, call));
    expect(message).toContain(sentence);
    expect(message).not.toContain("secret-name");
  });

  test("is a key that is asked for alone", async () => {
    const call = { ...quietCall, secrets: new SecretInputs(["key"]) };
    await api("PUT", `/${namespaceId}/values/secret-name`, new Uint8Array([0xff]));
    world.fail({ status: 400, code: 10_042, message: "no secret-name here" }, { match: { operation: "values.get" } });
    const { message } = await failureOf(invoke("getKeyValue", { namespaceId, key: "secret-name" }, call));
    expect(message).toMatch(/^GET \/accounts\/.*\/values\/\[secret\] failed with status 400: the server's message/);
  });
});

describe("every function", () => {
  const argsOf: Record<string, Properties> = {
    getNamespace: { title: "data" },
    getNamespaces: {},
    getKeyValue: { namespaceId: otherId, key: "a" },
    getKeyValues: { namespaceId: otherId },
    getKeys: { namespaceId: otherId },
  };

  test("is here", () => {
    expect([...world.core.functions.values()].map(({ token, secretResults }) => [token, secretResults])).toEqual([
      ["cloudflare-kv:index:getNamespace", []],
      ["cloudflare-kv:index:getNamespaces", []],
      ["cloudflare-kv:index:getKeyValue", ["value", "valueBase64", "metadata"]],
      ["cloudflare-kv:index:getKeyValues", []],
      ["cloudflare-kv:index:getKeys", []],
    ]);
  });

  test.each(Object.entries(argsOf))("%s does not guess what is unknown", async (name, args) => {
    expect(await problems(name, { ...args, accountId: unknown })).toEqual({
      accountId: `is not known yet: call ${name} once it is`,
    });
    expect(world.requests()).toEqual([]);
  });

  test.each(Object.entries(argsOf))("%s without an account says where to set one", async (name, args) => {
    world.configure({ stack: { "cloudflare-kv:accountId": "" } });
    expect(await problems(name, args)).toEqual({ accountId: expect.stringContaining("set CLOUDFLARE_ACCOUNT_ID") });
  });

  test.each(Object.entries(argsOf))("%s takes the account from the environment", async (name, args) => {
    world.configure({ stack: { "cloudflare-kv:accountId": "" }, env: { CLOUDFLARE_ACCOUNT_ID: otherId } });
    await invoke(name, args).catch(() => {});
    expect(world.emulator.log.map(({ account }) => account)).toEqual([otherId]);
  });

  test.each(Object.entries(argsOf))("%s ends when it is cancelled", async (name, args) => {
    const call = { ...quietCall, signal: AbortSignal.abort(new Error("stop")) };
    expect(await failureOf(invoke(name, args, call))).toMatchObject({ name: "CancelledError" });
  });

  test.each(Object.entries(argsOf))("%s of a core that was not configured says so", async (name, args) => {
    const fn = createCore().functions.get(`cloudflare-kv:index:${name}`);
    await expect(fn?.invoke(args, quietCall)).rejects.toThrow(new ConfigError("The provider was not configured"));
  });

  test("that the credential does not permit names the remedy", async () => {
    world.emulator.setTokens(["another"]);
    const error = await failureOf(invoke("getNamespaces"));
    expect(error.message).toContain("; check the API token, and that it has");
  });

  test("takes the account from a Namespace's id, and refuses another beside it", async () => {
    const id = `${otherId}/${namespaceId}`;
    expect((await failureOf(invoke("getKeys", { namespaceId: id }))).message).toContain(`in the account ${otherId}`);
    expect(await problems("getKeys", { namespaceId: id, accountId })).toEqual({
      accountId: `is ${accountId}, but the namespaceId is one of the account ${otherId}; leave accountId out`,
    });
  });
});
