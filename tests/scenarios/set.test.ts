import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Declaration } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";
import { playAll } from "./scenario";

const namespace: Declaration = { type: "Namespace", name: "ns", args: { title: "data" } };
const namespaceId = { $ref: "ns.namespaceId" };

function set(args: object, options: Record<string, unknown> = {}, name = "set"): Declaration {
  return { type: "KeyValueSet", name, args: { namespaceId, ...args }, options };
}

function entries(count: number, value = "v"): { key: string; value: string }[] {
  return Array.from({ length: count }, (_, index) => ({ key: `k${String(index).padStart(5, "0")}`, value }));
}

function seed(world: World, lines: readonly object[], file = "seed.ndjson"): void {
  writeFileSync(join(world.dir, file), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

function keys(world: World): string[] {
  return world.emulator.keys(world.namespaceId());
}

playAll([
  {
    name: "set: values, changed and removed",
    async play(world) {
      const { steps } = await world.up(namespace, set({ values: { a: "1", b: "2", c: "3" } }));
      expect([steps, world.writes()]).toEqual([
        ["create ns", "create set"],
        ["POST namespaces.create", "bulk.put a b c"],
      ]);
      await world.expectSettled();
      world.declare(namespace, set({ values: { a: "1", b: "two", d: "4" } }));
      expect((await world.engine.preview()).text).toContain("+1 ~1 -1 of 3 entries (2 requests)");
      await world.up();
      expect([world.writes(), keys(world)]).toEqual([
        ["bulk.put b d", "bulk.delete c"],
        ["a", "b", "d"],
      ]);
      await world.expectSettled();
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "set: a file, of which one line changes",
    async play(world) {
      const lines = entries(3000).map((entry, index) => ({ ...entry, metadata: { index }, expiration_ttl: 3600 }));
      seed(world, lines);
      await world.up(namespace, set({ source: { $file: "seed.ndjson" }, keyPrefix: "p/" }));
      expect([world.writes().length, keys(world).length]).toEqual([3, 3000]);
      await world.expectSettled();
      seed(world, [{ ...lines[0], value: "changed" }, ...lines.slice(2)]);
      const { text } = await world.engine.preview();
      expect(text).toContain("+0 ~1 -1 of 2,999 entries (2 requests)");
      expect(text).toContain('- "p/k00001"');
      await world.up();
      expect(world.writes()).toEqual(["bulk.put p/k00000", "bulk.delete p/k00001"]);
      await world.refresh();
      expect(world.emulator.log).toHaveLength(31);
      await world.expectSettled();
    },
  },
  {
    name: "set: a directory",
    async play(world) {
      const dir = join(world.dir, "assets", "img");
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, "logo.png"), Buffer.from([0x89, 0x50, 0xff, 0x00]));
      writeFileSync(join(world.dir, "assets", ".hidden"), "text");
      await world.up(namespace, set({ source: { $dir: "assets" }, metadata: { owner: "x" } }));
      expect(keys(world)).toEqual([".hidden", "img/logo.png"]);
      const logo = world.emulator.entry(world.namespaceId(), "img/logo.png");
      expect([logo?.value.toString("hex"), logo?.metadata]).toEqual(["8950ff00", { owner: "x" }]);
      await world.refresh();
      await world.expectSettled();
      rmSync(join(world.dir, "assets", ".hidden"));
      await world.up();
      expect(world.writes()).toEqual(["bulk.delete .hidden"]);
    },
  },
  {
    name: "set: bad input is refused in the preview, with its place",
    async play(world) {
      writeFileSync(
        join(world.dir, "seed.ndjson"),
        '{"key":"a","value":"1"}\n{"key":"a","value":"2"}\n{"key":"b","vale":3}\n',
      );
      world.declare(namespace, set({ source: { $file: "seed.ndjson" }, values: { b: "x" } }));
      const { ok, text } = await world.engine.preview();
      expect(ok).toBe(false);
      for (const place of ["seed.ndjson:2", "seed.ndjson:1 already", "seed.ndjson:3", "vale"])
        expect(text).toContain(place);
    },
  },
  {
    name: "set: a truncated file meets maxDeletes",
    async play(world) {
      seed(world, entries(500));
      await world.up(namespace, set({ source: { $file: "seed.ndjson" } }));
      seed(world, entries(100));
      const { ok, text } = await world.engine.up();
      expect([ok, text]).toEqual([false, expect.stringContaining("would delete 400 of 500 keys")]);
      expect(keys(world)).toHaveLength(500);
      await world.up(namespace, set({ source: { $file: "seed.ndjson" }, maxDeletes: 400 }));
      expect(keys(world)).toHaveLength(100);
    },
  },
  {
    name: "set: what fails is named, and sent by the next up alone",
    async play(world) {
      const declared = [namespace, set({ values: { a: "1", b: "2", c: "3" } })];
      world.declare(...declared);
      world.emulator.setFaults([
        { match: { operation: "bulk.put" }, times: null, action: { type: "unsuccessful", keys: ["b"] } },
      ]);
      const { ok, text } = await world.engine.up();
      expect([ok, text]).toEqual([false, expect.stringContaining('"b" was not written')]);
      expect(keys(world)).toEqual(["a", "c"]);
      world.emulator.setFaults([]);
      await world.up();
      expect(world.writes()).toEqual(["bulk.put b"]);
      await world.expectSettled();
    },
  },
  {
    name: "set: what was written and not answered is looked up, and nothing is sent again",
    door: "plugin",
    async play(world) {
      world.declare(namespace, set({ values: { a: "1", b: "2" } }));
      world.emulator.setFaults([
        { match: { operation: "bulk.put" }, times: null, action: { type: "drop", when: "after" } },
      ]);
      expect((await world.engine.up()).ok).toBe(false);
      world.emulator.setFaults([]);
      const preview = await world.engine.preview();
      expect([preview.ok, preview.text]).toEqual([true, expect.stringContaining("nothing is sent, of 2 entries")]);
      world.writes();
      await world.up();
      expect(world.writes()).toEqual([]);
      await world.expectSettled();
      world.emulator.clearLog();
      await world.up();
      expect(world.emulator.log).toEqual([]);
    },
  },
  {
    name: "set: what is to be looked up with a credential that was replaced is written again",
    door: "plugin",
    async play(world) {
      world.declare(namespace, set({ values: { a: "1" } }));
      world.emulator.setFaults([
        { match: { operation: "bulk.put" }, times: null, action: { type: "drop", when: "after" } },
      ]);
      expect((await world.engine.up()).ok).toBe(false);
      world.emulator.setFaults([{ match: { operation: "bulk.get" }, times: null, action: { status: 401 } }]);
      world.emulator.clearLog();
      const { ok, said } = await world.engine.up();
      expect([ok, said]).toEqual([true, expect.arrayContaining([expect.stringContaining("could not be looked up")])]);
      expect(world.writes()).toEqual(["bulk.put a"]);
      world.emulator.setFaults([]);
      await world.expectSettled();
    },
  },
  {
    name: "set: killed in the middle of seeding",
    settings: { isInProcess: false },
    async play(world) {
      seed(world, entries(4000));
      world.declare(namespace, set({ source: { $file: "seed.ndjson" } }));
      await world.upKilledInSeeding(1);
      expect(keys(world)).toHaveLength(1000);
      await world.up();
      expect(keys(world)).toHaveLength(4000);
      await world.expectSettled();
    },
  },
  {
    name: "set: Ctrl-C in the middle of seeding",
    engine: "real",
    door: "plugin",
    settings: { config: { "cloudflare-kv:maxConcurrency": "1" } },
    async play(world) {
      seed(world, entries(30_000));
      world.declare(namespace, set({ source: { $file: "seed.ndjson" } }));
      world.emulator.setFaults([
        { match: { operation: "bulk.put" }, skip: 1, times: null, action: { type: "delay", ms: 1500 } },
      ]);
      const { ok, text } = await world.upInterruptedInSeeding(1);
      const written = keys(world).length;
      expect([ok, text]).toEqual([false, expect.stringContaining("the next `pulumi up` does the rest")]);
      expect(written).toBeLessThan(30_000);
      world.emulator.setFaults([]);
      await world.up();
      const sent = world.emulator.log.reduce((sum, { writes }) => sum + writes, 0);
      // What was in flight is sent again where its answer came too late to be known.
      expect(sent).toBeGreaterThanOrEqual(30_000 - written);
      expect(sent).toBeLessThan(30_000);
      expect(keys(world)).toHaveLength(30_000);
      await world.expectSettled();
    },
  },
  {
    name: "set: a prune that fails is done by the next up",
    async play(world) {
      await world.up(namespace, set({ values: { a: "1", b: "2" } }));
      world.declare(namespace, set({ values: { a: "one" } }));
      world.emulator.setFaults([
        { match: { operation: "bulk.delete" }, times: null, action: { status: 403, code: 10000 } },
      ]);
      expect((await world.engine.up()).ok).toBe(false);
      expect([world.text("a"), world.text("b")]).toEqual(["one", "2"]);
      world.emulator.setFaults([]);
      await world.up();
      expect([world.writes(), keys(world)]).toEqual([["bulk.delete b"], ["a"]]);
      await world.expectSettled();
    },
  },
  {
    name: "set: drift is found by refresh and mended by up",
    async play(world) {
      await world.up(namespace, set({ values: { a: "1", b: "2", c: "3" } }));
      const path = `${world.namespaceId()}/values`;
      await world.foreign("PUT", `${path}/a`, "foreign");
      await world.foreign("DELETE", `${path}/b`);
      await world.foreign("PUT", `${path}/stranger`, "s");
      await world.refresh();
      expect(world.state("set").outputs.values).toEqual({ a: "foreign", c: "3" });
      await world.up();
      expect([world.writes(), keys(world)]).toEqual([["bulk.put a b"], ["a", "b", "c", "stranger"]]);
      await world.expectSettled();
    },
  },
  {
    name: "set: unlisted keys are counted, named and deleted, but never a KeyValue's",
    async play(world) {
      const key: Declaration = { type: "KeyValue", name: "own", args: { namespaceId, key: "p/own", value: "own" } };
      const dependsOn = [{ $resource: "own" }];
      const pruned = set({ keyPrefix: "p/", values: { a: "1" }, prune: "unlisted" }, { dependsOn });
      await world.up(namespace, key, pruned);
      const path = `${world.namespaceId()}/values`;
      await world.foreign("PUT", `${path}/p%2Fstranger`, "s");
      await world.foreign("PUT", `${path}/q%2Fstranger`, "s");
      const { text } = await world.engine.preview();
      expect(text).toContain('- "p/stranger"');
      await world.up();
      expect(keys(world)).toEqual(["p/a", "p/own", "q/stranger"]);
      expect(world.text("p/own")).toBe("own");
      await world.expectSettled();
    },
  },
  {
    name: "set: an unlisted key of a resource that comes after the set is there",
    async play(world) {
      const args = { namespaceId, key: "p/own", value: "own" };
      const key: Declaration = { type: "KeyValue", name: "own", args, options: { dependsOn: [{ $resource: "set" }] } };
      await world.up(namespace, set({ keyPrefix: "p/", values: { a: "1" }, prune: "unlisted" }), key);
      world.emulator.clearLog();
      const { ok, said, text } = await world.engine.upAfterPreview();
      expect([ok, world.writes(), world.text("p/own")]).toEqual([true, [], "own"]);
      expect(text).toContain('- "p/own"');
      expect(said.join("\n")).toContain('"own", which comes after this set, declares it; let the set depend on it');
    },
  },
  {
    name: "set: secret values stay secret",
    async play(world) {
      const secret = "s3cret-of-a-set";
      await world.up(
        namespace,
        set({
          values: { a: { $secret: secret } },
          entries: [
            { key: "b", value: { $secret: secret } },
            { key: "c", value: "3" },
          ],
        }),
      );
      expect([world.text("a"), world.text("b")]).toEqual([secret, secret]);
      await world.foreign("DELETE", `${world.namespaceId()}/values/c`);
      await world.refresh();
      expect(world.engine.clearState()).not.toContain(secret);
      await world.up();
      expect(world.engine.clearState()).not.toContain(secret);
    },
  },
  {
    name: "set: seeded once, and the application's afterwards",
    engine: "real",
    async play(world) {
      seed(world, entries(10));
      const options = { ignoreChanges: ["source"] };
      await world.up(namespace, set({ source: { $file: "seed.ndjson" }, driftDetection: "none" }, options));
      await world.foreign("PUT", `${world.namespaceId()}/values/k00000`, "the application's");
      rmSync(join(world.dir, "seed.ndjson"));
      seed(world, [{ key: "other", value: "v" }]);
      await world.refresh();
      const { steps } = await world.up();
      expect([steps, world.text("k00000")]).toEqual([[], "the application's"]);
    },
  },
]);
