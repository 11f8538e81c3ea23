import { deepEqual, equal, match } from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { ProviderProcess } from "../bench/provider-process";
import { archive } from "../wire";
import type { Report } from "./report";
import { wrangler } from "./wrangler-command";

const account = "0123456789abcdef0123456789abcdef";
const binary = Buffer.from([0xff, 0x00, 0xfe, 0x0d, 0x0a]);
const future = 2_000_000_000;

/** As people have them: members of other programs, nulls, both times, bytes, what an editor has written. */
const bulkFiles: Readonly<Record<string, string>> = {
  "a.json": JSON.stringify([
    { key: "a/plain", value: "v" },
    { key: "a/empty", value: "" },
    { key: "a/comment", value: "/new", comment: "of the relaunch", _id: 7 },
    { key: "a/é ü/%41", value: "héllo\u0000\n", metadata: { deep: [1, { x: null }], "__proto__ ": 1 } },
    { key: "a/until", value: "v", expiration: future, metadata: null },
  ]),
  "b.json": JSON.stringify(
    [
      { base64: false, expiration: future, expiration_ttl: 86_400, key: "b/promo", metadata: [5], value: "on" },
      { key: "b/bytes", value: binary.toString("base64"), base64: true },
      { key: "b/json", value: '{"on":true}', metadata: { text: "é" } },
    ],
    undefined,
    2,
  ).replaceAll("\n", "\r\n"),
  "c.json": JSON.stringify(Array.from({ length: 1200 }, (_, index) => ({ key: `c/${index}`, value: String(index) }))),
};

/** Every `wrangler kv` command, and what it did to the store. */
export async function witnessWrangler(folder: string, report: Report): Promise<void> {
  const emulator = await startEmulator({ tokens: ["witness"] });
  try {
    await new Wrangler(folder, emulator, report).playAll();
  } finally {
    await emulator.close();
  }
}

class Wrangler {
  #namespaceId = "";

  constructor(
    readonly folder: string,
    readonly emulator: Emulator,
    readonly report: Report,
  ) {}

  async playAll(): Promise<void> {
    await this.#playNamespaces();
    await this.#playKeys();
    await this.#playBulk();
    await this.#step("namespace delete", async () => {
      await this.#kv("namespace", "delete", "--namespace-id", this.#namespaceId, "--skip-confirmation");
      deepEqual(this.emulator.namespaces(), []);
    });
  }

  async #playNamespaces(): Promise<void> {
    await this.#step("namespace create", async () => {
      const text = await this.#kv("namespace", "create", "first");
      const [namespace] = this.emulator.namespaces(account);
      equal(namespace?.title, "first");
      match(text.toString(), new RegExp(namespace.id));
      this.#namespaceId = namespace.id;
    });
    await this.#step("namespace create refuses a title in use", async () => {
      const error = await this.#kv("namespace", "create", "first").catch(String);
      match(String(error), /already exists/);
    });
    await this.#step("namespace list", async () => {
      const list = JSON.parse((await this.#kv("namespace", "list")).toString());
      deepEqual(list, [{ id: this.#namespaceId, title: "first", supports_url_encoding: true }]);
    });
    await this.#step("namespace rename by name and by id", async () => {
      await this.#kv("namespace", "rename", "first", "--new-name", "second");
      equal(this.emulator.namespaces()[0]?.title, "second");
      await this.#kv("namespace", "rename", "--namespace-id", this.#namespaceId, "--new-name", "third");
      equal(this.emulator.namespaces()[0]?.title, "third");
    });
  }

  async #playKeys(): Promise<void> {
    await this.#step("key put a value", async () => {
      await this.#remote("key", "put", "a/b c", "héllo");
      deepEqual(this.#entry("a/b c"), { value: Buffer.from("héllo"), metadata: null });
    });
    await this.#step("key put with metadata, and a ttl or an expiration", async () => {
      const before = Math.floor(Date.now() / 1000);
      await this.#remote("key", "put", "ttl", "v", "--metadata", '{"a":[1,"é"]}', "--ttl", "1000");
      const { metadata, expiration = 0 } = this.#entry("ttl") ?? {};
      deepEqual(metadata, { a: [1, "é"] });
      equal(expiration >= before + 1000 && expiration <= Date.now() / 1000 + 1000, true);
      await this.#remote("key", "put", "until", "v", "--metadata", '{"b":1}', "--expiration", String(future));
      deepEqual(this.#entry("until"), { value: Buffer.from("v"), metadata: { b: 1 }, expiration: future });
    });
    await this.#step("key put a binary file, without and with metadata", async () => {
      writeFileSync(join(this.folder, "binary"), binary);
      await this.#remote("key", "put", "binary", "--path", "binary");
      deepEqual(this.#entry("binary"), { value: binary, metadata: null });
      await this.#remote("key", "put", "binary", "--path", "binary", "--metadata", "{}");
      deepEqual(this.#entry("binary"), { value: binary, metadata: {} });
    });
    await this.#step("key put refuses a ttl under 60", async () => {
      const error = await this.#remote("key", "put", "short", "v", "--ttl", "59").catch(String);
      match(String(error), /10034/);
    });
    await this.#step("key get, as bytes and as text", async () => {
      deepEqual(await this.#remote("key", "get", "binary"), binary);
      equal((await this.#remote("key", "get", "a/b c", "--text")).toString(), "héllo\n");
    });
    await this.#step("key get of a missing key fails", async () => {
      match(String(await this.#remote("key", "get", "missing").catch(String)), /404/);
    });
    await this.#step("key list, whole and by prefix", async () => {
      const names = async (...options: string[]) =>
        JSON.parse((await this.#remote("key", "list", ...options)).toString()).map((key: { name: string }) => key.name);
      deepEqual(await names(), ["a/b c", "binary", "ttl", "until"]);
      deepEqual(await names("--prefix", "a/"), ["a/b c"]);
    });
    await this.#step("key list reads page after page", async () => {
      this.emulator.setFaults([{ match: { operation: "keys.list" }, action: { type: "emptyPage" } }]);
      equal(JSON.parse((await this.#remote("key", "list")).toString()).length, 4);
    });
    await this.#step("key delete", async () => {
      await this.#remote("key", "delete", "a/b c");
      equal(this.#entry("a/b c"), undefined);
    });
  }

  async #playBulk(): Promise<void> {
    await this.#step("bulk put", async () => {
      const pairs = [
        { key: "x/%41", value: "1", metadata: { a: 1 }, expiration: future },
        { key: "bytes", value: binary.toString("base64"), base64: true },
      ];
      writeFileSync(join(this.folder, "pairs.json"), JSON.stringify(pairs));
      await this.#remote("bulk", "put", "pairs.json");
      deepEqual(this.#entry("x/%41"), { value: Buffer.from("1"), metadata: { a: 1 }, expiration: future });
      deepEqual(this.#entry("bytes"), { value: binary, metadata: null });
    });
    await this.#step("bulk put of 2,500 pairs, in its own batches", async () => {
      const pairs = Array.from({ length: 2500 }, (_, index) => ({ key: `many ${index}`, value: String(index) }));
      writeFileSync(join(this.folder, "many.json"), JSON.stringify(pairs));
      await this.#remote("bulk", "put", "many.json");
      equal(this.emulator.keys(this.#namespaceId).filter((key) => key.startsWith("many")).length, 2500);
    });
    await this.#step("bulk put of a folder of files stores what a set of the folder stores", async () => {
      const bulk = join(this.folder, "bulk");
      mkdirSync(bulk);
      for (const [name, text] of Object.entries(bulkFiles)) writeFileSync(join(bulk, name), text);
      await this.#kv("namespace", "create", "folder");
      const namespace = this.emulator.namespaces(account).find(({ title }) => title === "folder");
      for (const name of Object.keys(bulkFiles).sort()) {
        await this.#kv("bulk", "put", join("bulk", name), "--namespace-id", namespace?.id ?? "", "--remote");
      }
      deepEqual(await storedBySet(bulk), storeOf(this.emulator, namespace?.id ?? ""));
      await this.#kv("namespace", "delete", "--namespace-id", namespace?.id ?? "", "--skip-confirmation");
    });
    await this.#step("bulk get", async () => {
      writeFileSync(join(this.folder, "keys.json"), JSON.stringify(["x/%41", "missing"]));
      const values = JSON.parse((await this.#remote("bulk", "get", "keys.json")).toString());
      deepEqual(values, { "x/%41": "1", missing: null });
    });
    await this.#step("bulk delete", async () => {
      await this.#remote("bulk", "delete", "keys.json", "--force");
      equal(this.#entry("x/%41"), undefined);
    });
  }

  #step(name: string, work: () => Promise<void>): Promise<void> {
    return this.report.step(`wrangler kv ${name}`, work);
  }

  #entry(key: string) {
    return this.emulator.entry(this.#namespaceId, key);
  }

  #remote(...args: string[]): Promise<Buffer> {
    return this.#kv(...args, "--namespace-id", this.#namespaceId, "--remote");
  }

  #kv(...args: string[]): Promise<Buffer> {
    const env = {
      CLOUDFLARE_API_BASE_URL: this.emulator.url,
      CLOUDFLARE_API_TOKEN: "witness",
      CLOUDFLARE_ACCOUNT_ID: account,
    };
    return wrangler(this.folder, this.folder, ["kv", ...args], env);
  }
}

/** What a set of the same folder, through the plugin, leaves on an emulator of its own. */
async function storedBySet(path: string): Promise<object> {
  const emulator = await startEmulator();
  const provider = await ProviderProcess.start(emulator.url);
  try {
    const headers = { authorization: "Bearer bench", "content-type": "application/json" };
    const url = `${emulator.url}/accounts/${account}/storage/kv/namespaces`;
    const created = await fetch(url, { method: "POST", headers, body: '{"title":"folder"}' });
    const { result } = (await created.json()) as { result: { id: string } };
    const source = archive({ path });
    const { answer: inputs } = await provider.check({}, { namespaceId: result.id, format: "entries", source });
    await provider.create(inputs);
    return storeOf(emulator, result.id);
  } finally {
    await provider.end();
    await emulator.close();
  }
}

/** The end of a time to live depends on when it was written: to the hour it is the same. */
function storeOf(emulator: Emulator, namespaceId: string): object {
  const hour = (seconds = 0) => Math.round(seconds / 3600);
  const entries = emulator.keys(namespaceId).map((key) => {
    const { value, metadata, expiration } = emulator.entry(namespaceId, key) ?? {};
    return [key, { value: value?.toString("base64"), metadata, expiration: hour(expiration) }];
  });
  return Object.fromEntries(entries);
}
