import { deepEqual, equal, match } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { output } from "./command";
import type { Report } from "./report";

const account = "0123456789abcdef0123456789abcdef";
const binary = Buffer.from([0xff, 0x00, 0xfe, 0x0d, 0x0a]);
const future = 2_000_000_000;

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
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true",
      HOME: this.folder,
      XDG_CONFIG_HOME: this.folder,
      CI: "true",
      NO_COLOR: "1",
    };
    const main = join("node_modules", "wrangler", "bin", "wrangler.js");
    return output(process.execPath, [main, "kv", ...args], { cwd: this.folder, env });
  }
}
