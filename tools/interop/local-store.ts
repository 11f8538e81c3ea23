import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EmulatorProcess } from "../emulator-process";
import { witnessExplorer } from "./explorer";
import type { Report } from "./report";
import { wrangler } from "./wrangler-command";
import { WranglerDev, writeWorker } from "./wrangler-dev";

const namespaceId = "fedcba9876543210fedcba9876543210";
const manyCount = 10_000;
const writesOfWorker = 500;

/** A running Worker and the emulator, each beside the other on the same store. */
export async function witnessLocalStore(folder: string, report: Report): Promise<void> {
  const project = join(folder, "local-store");
  writeWorker(project, [{ binding: "KV", id: namespaceId }, { binding: "NAMELESS" }]);
  const dev = await WranglerDev.start(folder, project);
  const emulator = await EmulatorProcess.ofWrangler(project);
  try {
    const play = new LocalStore(folder, project, dev, emulator, report);
    await play.playAll();
    await witnessExplorer(`${dev.url}/cdn-cgi/local/explorer/api/storage/kv`, emulator.namespaces, namespaceId, report);
    await play.playKill();
  } finally {
    await emulator.kill();
    await dev.end();
  }
}

class LocalStore {
  constructor(
    readonly folder: string,
    readonly project: string,
    readonly dev: WranglerDev,
    readonly emulator: EmulatorProcess,
    readonly report: Report,
  ) {}

  async playAll(): Promise<void> {
    await this.#playWriting();
    await this.#playReading();
    await this.#playMany();
    await this.#playMeeting();
  }

  async #playWriting(): Promise<void> {
    const expiration = Math.floor(Date.now() / 1000) + 1000;
    await this.#step("a Worker reads a value, its metadata and its expiration", async () => {
      await this.#put([
        { key: "a b/é", value: "héllo\u0000", metadata: { deep: [1, null] }, expiration },
        { key: "plain", value: "" },
      ]);
      const found = { value: "héllo\u0000", metadata: { deep: [1, null] }, cacheStatus: null };
      deepEqual(await this.dev.kv("KV", "getWithMetadata", "a b/é"), found);
      const keys = [{ name: "a b/é", expiration, metadata: { deep: [1, null] } }, { name: "plain" }];
      deepEqual(await this.dev.kv("KV", "list"), { keys, list_complete: true, cacheStatus: null });
      await this.#put([{ key: "plain", value: "new" }]);
      equal(await this.dev.kv("KV", "get", "plain"), "new");
    });
    await this.#step("wrangler kv --local reads it, too", async () => {
      const options = ["--local", "--namespace-id", namespaceId, "--text"];
      const text = await wrangler(this.folder, this.project, ["kv", "key", "get", "plain", ...options]);
      equal(text.toString().trim(), "new");
    });
    await this.#step("a Worker does not find what is deleted", async () => {
      await this.#call("DELETE", "/values/plain");
      equal(await this.dev.kv("KV", "get", "plain"), null);
    });
    await this.#step("a binding without an id has a namespace under an id of its own", async () => {
      const { result } = JSON.parse(String(await this.emulator.call("GET", ""))) as {
        result: { id: string; title: string }[];
      };
      const { id = "" } = result.find(({ title }) => title === "NAMELESS") ?? {};
      await this.emulator.call("PUT", `/${id}/bulk`, JSON.stringify([{ key: "a", value: "1" }]));
      equal(await this.dev.kv("NAMELESS", "get", "a"), "1");
    });
  }

  async #playReading(): Promise<void> {
    await this.#step("the API reads what a Worker writes", async () => {
      await this.dev.kv("KV", "put", "of/worker", "héllo", { metadata: ["é"], expirationTtl: 600 });
      equal((await this.#call("GET", "/values/of%2Fworker")).toString(), "héllo");
      const { result } = JSON.parse(String(await this.#call("GET", "/keys?prefix=of"))) as {
        result: { expiration: number }[];
      };
      const { expiration = 0, ...key } = result[0] ?? {};
      deepEqual(key, { name: "of/worker", metadata: ["é"] });
      ok(Math.abs(expiration - Date.now() / 1000 - 600) < 5);
    });
    await this.#step("the API does not find what a Worker deletes", async () => {
      await this.dev.kv("KV", "delete", "of/worker");
      const { result } = JSON.parse(String(await this.#call("GET", "/keys?prefix=of"))) as { result: unknown[] };
      deepEqual(result, []);
    });
  }

  async #playMany(): Promise<void> {
    const names = Array.from({ length: manyCount }, (_, index) => `many/${String(index).padStart(6, "0")}`);
    await this.#step(`a Worker lists and reads ${manyCount} keys that one request wrote`, async () => {
      const from = performance.now();
      await this.#put(names.map((key) => ({ key, value: key.repeat(9) })));
      console.log(`      written in ${Math.round(performance.now() - from)} ms`);
      deepEqual(await this.#namesOfWorker("many/"), names);
      equal(await this.dev.kv("KV", "get", names[1234]), names[1234]?.repeat(9));
    });
    await this.#step("and none of them once they are deleted", async () => {
      await this.#call("POST", "/bulk/delete", JSON.stringify(names));
      deepEqual(await this.#namesOfWorker("many/"), []);
    });
  }

  /** workerd waits for no other writer, so a Worker's own write fails where it meets one; it is the Worker's to try again. */
  async #playMeeting(): Promise<void> {
    await this.#step("nothing that the API writes fails while a Worker writes all the time", async () => {
      let isWriting = true;
      let requests = 0;
      const pairs = Array.from({ length: 200 }, (_, index) => ({ key: `api/${index}`, value: `${index}` }));
      const writing = (async () => {
        for (; isWriting; requests++) await this.#put(pairs);
      })();
      let refused = 0;
      for (let index = 0; index < writesOfWorker; index++) {
        await this.dev.kv("KV", "put", `worker/${index}`, "1").catch(() => refused++);
      }
      isWriting = false;
      await writing;
      console.log(`      ${refused} of ${writesOfWorker} writes of the Worker failed beside ${requests} bulk writes`);
      equal((await this.#namesOfWorker("worker/")).length, writesOfWorker - refused);
      equal((await this.#namesOfWorker("api/")).length, pairs.length);
    });
  }

  async playKill(): Promise<void> {
    await this.#step(
      "killed in the middle of its writes, the emulator leaves a Worker each of them whole",
      async () => {
        const names = Array.from({ length: 2000 }, (_, index) => `kill/${index}`);
        const version = (value: string) => this.#put(names.map((key) => ({ key, value })));
        await version("0");
        const killed = sleep(300).then(() => this.emulator.kill());
        try {
          for (let next = 1; ; next++) await version(String(next));
        } catch {
          // It is gone.
        }
        await killed;
        const values = new Set(await Promise.all(names.map((key) => this.dev.kv("KV", "get", key))));
        equal(values.size, 1, `a Worker sees ${[...values].join(" and ")}`);
        ok(![...values].includes(null));
      },
    );
  }

  #put(pairs: object[]): Promise<Buffer> {
    return this.#call("PUT", "/bulk", JSON.stringify(pairs));
  }

  #call(method: string, path: string, body?: string): Promise<Buffer> {
    return this.emulator.call(method, `/${namespaceId}${path}`, body);
  }

  async #namesOfWorker(prefix: string): Promise<string[]> {
    const names: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = (await this.dev.kv("KV", "list", { prefix, cursor })) as {
        keys: { name: string }[];
        list_complete: boolean;
        cursor?: string;
      };
      names.push(...page.keys.map(({ name }) => name));
      if (page.list_complete) return names;
      cursor = page.cursor;
    }
  }

  #step(name: string, work: () => Promise<void>): Promise<void> {
    return this.report.step(`wrangler dev: ${name}`, work);
  }
}
