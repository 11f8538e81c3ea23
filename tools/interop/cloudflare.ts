import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import type { Report } from "./report";

const account_id = "0123456789abcdef0123456789abcdef";
const binary = Buffer.from([0xff, 0x00, 0xfe, 0x0d, 0x0a]);
const future = 2_000_000_000;

/** As much of the package as is called here. */
interface Sdk {
  default: new (options: object) => Client;
  toFile(content: Buffer, name: string): Promise<unknown>;
  NotFoundError: new () => Error;
}

interface Client {
  delete(path: string, options: object): Promise<unknown>;
  kv: { namespaces: Namespaces };
}

interface Namespaces {
  create(params: object): Promise<{ id: string; title: string }>;
  get(id: string, params: object): Promise<{ id: string; title: string }>;
  update(id: string, params: object): Promise<{ id: string; title: string }>;
  delete(id: string, params: object): Promise<unknown>;
  list(params: object): AsyncIterable<{ id: string; title: string }>;
  bulkUpdate(id: string, params: object): Promise<unknown>;
  bulkDelete(id: string, params: object): Promise<unknown>;
  bulkGet(id: string, params: object): Promise<unknown>;
  keys: { list(id: string, params: object): AsyncIterable<{ name: string }> };
  metadata: { get(key: string, params: object): Promise<unknown> };
  values: {
    get(key: string, params: object): Promise<Response>;
    update(key: string, params: object): Promise<unknown>;
    delete(key: string, params: object): Promise<unknown>;
  };
}

/** All 14 operations through the vendor's SDK, and what they did to the store. */
export async function witnessCloudflare(folder: string, report: Report): Promise<void> {
  const sdk = createRequire(join(folder, "package.json"))("cloudflare") as Sdk;
  const emulator = await startEmulator({ tokens: ["witness"], apiKeys: [{ email: "a@b.example", key: "k" }] });
  try {
    const client = new sdk.default({ apiToken: "witness", baseURL: emulator.url, maxRetries: 0 });
    const { id } = await client.kv.namespaces.create({ account_id, title: "first" });
    await playNamespaces(sdk, client, id, emulator, report);
    await playValues(sdk, client, id, emulator, report);
    await playBulk(client, id, emulator, report);
    await playLists(client, id, report);
    await report.step("cloudflare namespaces.delete", async () => {
      await client.kv.namespaces.delete(id, { account_id });
      deepEqual(
        emulator.namespaces().filter((namespace) => namespace.id === id),
        [],
      );
    });
  } finally {
    await emulator.close();
  }
}

async function playNamespaces(sdk: Sdk, client: Client, id: string, emulator: Emulator, report: Report): Promise<void> {
  const { namespaces } = client.kv;
  await report.step("cloudflare namespaces.create", () => {
    deepEqual(emulator.namespaces(), [{ id, account: account_id, title: "first" }]);
  });
  await report.step("cloudflare namespaces.get, with an API key and its e-mail address", async () => {
    const keyed = new sdk.default({ apiEmail: "a@b.example", apiKey: "k", baseURL: emulator.url, maxRetries: 0 });
    equal((await keyed.kv.namespaces.get(id, { account_id })).title, "first");
  });
  await report.step("cloudflare namespaces.update", async () => {
    equal((await namespaces.update(id, { account_id, title: "second" })).title, "second");
    equal(emulator.namespaces()[0]?.title, "second");
  });
  await report.step("cloudflare raises its own errors with the API's codes", async () => {
    await rejects(namespaces.get("0".repeat(32), { account_id }), (error: Error) => {
      equal(error instanceof sdk.NotFoundError, true);
      match(error.message, /10013/);
      return true;
    });
    await rejects(namespaces.create({ account_id, title: "second" }), /10014/);
    await rejects(
      new sdk.default({ apiToken: "x", baseURL: emulator.url }).kv.namespaces.get(id, { account_id }),
      /10000/,
    );
  });
}

async function playValues(sdk: Sdk, client: Client, id: string, emulator: Emulator, report: Report): Promise<void> {
  const { values, metadata } = client.kv.namespaces;
  const where = { account_id, namespace_id: id };
  await report.step("cloudflare values.update with text", async () => {
    await values.update("a/b %41", { ...where, value: "é\r\n" });
    deepEqual(emulator.entry(id, "a/b %41"), { value: Buffer.from("é\r\n"), metadata: null });
  });
  await report.step("cloudflare values.update with a file, metadata and an expiration", async () => {
    const value = await sdk.toFile(binary, "file");
    await values.update("binary", { ...where, value, metadata: '{"a":1}', expiration: future });
    deepEqual(emulator.entry(id, "binary"), { value: binary, metadata: { a: 1 }, expiration: future });
  });
  await report.step("cloudflare values.get", async () => {
    const response = await values.get("binary", where);
    equal(response.headers.get("expiration"), String(future));
    deepEqual(Buffer.from(await response.arrayBuffer()), binary);
  });
  await report.step("cloudflare metadata.get", async () => {
    deepEqual(await metadata.get("binary", where), { a: 1 });
    equal(await metadata.get("a/b %41", where), null);
  });
  await report.step("cloudflare values.delete", async () => {
    await values.delete("a/b %41", where);
    await values.delete("binary", where);
    deepEqual(emulator.keys(id), []);
  });
}

async function playBulk(client: Client, id: string, emulator: Emulator, report: Report): Promise<void> {
  const { namespaces } = client.kv;
  const body = ["a", "b", "c"].map((key) => ({ key, value: key, metadata: [key] }));
  await report.step("cloudflare bulkUpdate", async () => {
    const result = await namespaces.bulkUpdate(id, { account_id, body });
    deepEqual(result, { successful_key_count: 3, unsuccessful_keys: [] });
    deepEqual(emulator.entry(id, "b"), { value: Buffer.from("b"), metadata: ["b"] });
  });
  await report.step("cloudflare bulkGet, without and with metadata", async () => {
    const keys = ["a", "missing"];
    deepEqual(await namespaces.bulkGet(id, { account_id, keys }), { values: { a: "a", missing: null } });
    const full = await namespaces.bulkGet(id, { account_id, keys, withMetadata: true });
    deepEqual(full, { values: { a: { value: "a", metadata: ["a"] }, missing: null } });
  });
  await report.step("cloudflare bulkDelete, and the deprecated DELETE", async () => {
    await namespaces.bulkDelete(id, { account_id, body: ["a", "missing"] });
    deepEqual(emulator.keys(id), ["b", "c"]);
    const path = `/accounts/${account_id}/storage/kv/namespaces/${id}/bulk`;
    await client.delete(path, { body: ["b", "c"] });
    deepEqual(emulator.keys(id), []);
  });
}

async function playLists(client: Client, id: string, report: Report): Promise<void> {
  const { namespaces } = client.kv;
  await report.step("cloudflare keys.list reads page after page", async () => {
    const names = Array.from({ length: 25 }, (_, index) => `key ${String(index).padStart(2, "0")}`);
    await namespaces.bulkUpdate(id, { account_id, body: [...names, "other"].map((key) => ({ key, value: "" })) });
    const found = await all(namespaces.keys.list(id, { account_id, limit: 10, prefix: "key" }));
    deepEqual(
      found.map(({ name }) => name),
      names,
    );
  });
  await report.step("cloudflare namespaces.list reads page after page", async () => {
    for (let index = 0; index < 24; index += 1) await namespaces.create({ account_id, title: `title ${index}` });
    const found = await all(namespaces.list({ account_id, per_page: 10, order: "title" }));
    equal(new Set(found.map((namespace) => namespace.id)).size, 25);
  });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
