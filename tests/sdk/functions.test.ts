import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { getKeys, getKeysOutput, getKeyValue, getKeyValueOutput, getNamespace, getNamespaces } from "../../sdk/index";
import { failureOf } from "../resources/world";

const root = join(__dirname, "..", "..", "..");
const accountId = "0123456789abcdef0123456789abcdef";
const absent = "f".repeat(32);

let emulator: Emulator;
let namespaceId: string;

beforeAll(async () => {
  emulator = await startEmulator();
  await api("POST", "", '{"title":"data"}');
  namespaceId = emulator.namespaces()[0]?.id ?? "";
  await api("PUT", `/${namespaceId}/values/a`, "one");
});
afterAll(() => emulator.close());
beforeEach(() => {
  configure();
  emulator.clearLog();
});

async function api(method: string, path: string, body?: string | FormData): Promise<void> {
  const headers = { authorization: "Bearer somebody-else" };
  await fetch(`${emulator.url}/accounts/${accountId}/storage/kv/namespaces${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

/** As the stack's configuration says. */
function configure(more: Record<string, string> = {}): void {
  pulumi.runtime.setAllConfig({
    "cloudflare-kv:baseUrl": emulator.url,
    "cloudflare-kv:apiToken": "own",
    "cloudflare-kv:accountId": accountId,
    ...more,
  });
}

const accounts = () => emulator.log.map(({ account }) => account);

describe("a function in the program's process", () => {
  test("answers plain values", async () => {
    expect(await getKeyValue({ namespaceId, key: "a" })).toMatchObject({ value: "one" });
    expect(await getNamespace({ title: "data" })).toMatchObject({ namespaceId });
    expect((await getNamespaces()).namespaces).toHaveLength(1);
  });

  test("takes the stack's own configuration first, then that of Cloudflare's general provider", async () => {
    const general = { "cloudflare:accountId": absent, "cloudflare:apiToken": "general" };
    configure(general);
    await getNamespaces();
    configure({ ...general, "cloudflare-kv:accountId": "" });
    await getNamespaces();
    expect(accounts()).toEqual([accountId, absent]);
  });

  test("takes the environment last", async () => {
    process.env.CLOUDFLARE_ACCOUNT_ID = absent;
    try {
      await getNamespaces();
      configure({ "cloudflare-kv:accountId": "" });
      await getNamespaces();
    } finally {
      delete process.env.CLOUDFLARE_ACCOUNT_ID;
    }
    expect(accounts()).toEqual([accountId, absent]);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    [
      "arguments that cannot be used",
      () => getKeys({ namespaceId: "x", limit: 0 }),
      'getKeys: namespaceId must be 32 lowercase hexadecimal digits, or <accountId>/<namespaceId>, not "x"; limit must be',
    ],
    [
      "what is not there",
      () => getKeyValue({ namespaceId, key: "b" }),
      'getKeyValue: There is no key "b" in the namespace',
    ],
  ])("ends the program by the sentence alone for %s", async (_, call, sentence) => {
    const error = await failureOf(call());
    expect([pulumi.RunError.isInstance(error), error.message]).toEqual([true, expect.stringContaining(sentence)]);
  });

  test("without a credential says how to set one", async () => {
    configure({ "cloudflare-kv:apiToken": "" });
    await expect(getNamespaces()).rejects.toThrow("getNamespaces: No Cloudflare credential is configured");
  });
});

/** What an output holds, once it does. */
async function resolved<T>(output: pulumi.Output<T>) {
  const { promise, isKnown, isSecret } = output as pulumi.Output<T> & Internals<T>;
  return { value: await promise(), isKnown: await isKnown, isSecret: await isSecret };
}

interface Internals<T> {
  promise(): Promise<T>;
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
}

describe("the output form", () => {
  test("is called with what other resources give", async () => {
    const { value, isSecret } = await resolved(getKeysOutput({ namespaceId: pulumi.output(namespaceId) }));
    expect([value.keys.map(({ name }) => name), isSecret]).toEqual([["a"], false]);
  });

  test("keeps a value a secret", async () => {
    const { value, isSecret } = await resolved(getKeyValueOutput({ namespaceId, key: "a" }));
    expect([value.value, isSecret]).toEqual(["one", true]);
  });

  test("keeps the metadata of keys a secret", async () => {
    const form = new FormData();
    form.append("value", "two");
    form.append("metadata", '{"owner":"o"}');
    await api("PUT", `/${namespaceId}/values/with-metadata`, form);
    const { isSecret } = await resolved(getKeysOutput({ namespaceId }));
    await api("DELETE", `/${namespaceId}/values/with-metadata`);
    expect(isSecret).toBe(true);
  });

  test("keeps secret what a secret argument leads to", async () => {
    const { isSecret } = await resolved(getKeysOutput({ namespaceId, prefix: pulumi.secret("a") }));
    expect(isSecret).toBe(true);
  });
});

test("nothing of the core is loaded before the first call", async () => {
  const script = `
    require("pulumi-cloudflare-kv");
    const loaded = Object.keys(require.cache).filter((file) => file.startsWith(${JSON.stringify(join(root, "dist"))}));
    console.log(JSON.stringify(loaded.map((file) => file.slice(${root.length + 1}))));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { cwd: root });
  const files = [
    "dynamic",
    "functions",
    "index",
    "invoke",
    "json",
    "options",
    "resources",
    "secret-answer",
    "secret-inputs",
  ].map((name) => `dist/sdk/${name}.js`);
  expect(JSON.parse(stdout).sort()).toEqual([
    "dist/provider/node-version.js",
    "dist/provider/pulumi/secret-inputs.js",
    "dist/provider/require-node.js",
    ...files,
  ]);
});

test("the namespace is named in exactly one way", () => {
  const call = (...args: Parameters<typeof getNamespace>) => args;
  // @ts-expect-error neither title nor id
  call({});
  // @ts-expect-error both
  call({ title: "data", namespaceId });
  expect(call({ title: "data" })).toHaveLength(1);
});
