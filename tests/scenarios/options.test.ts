import type { FaultAction } from "../../provider/emulator/fault";
import type { Declaration, Operation } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";
import { key as declaredKey, metadata, namespace } from "./key";
import { playAll, type Scenario } from "./scenario";

type Options = Record<string, unknown>;

const withNamespace: Options = { deletedWith: { $resource: "ns" } };
const secretSignature = "4dabf18193072939515e22adb298388d";

function ns(options: Options = {}, args: object = {}): Declaration {
  return { ...namespace, args: { ...namespace.args, ...args }, options };
}

function key(args: Record<string, unknown> = {}, options: Options = {}): Declaration {
  return declaredKey({ value: "one", ...args }, options);
}

function set(args: object, options: Options = {}): Declaration {
  return { type: "KeyValueSet", name: "set", args: { namespaceId: { $ref: "ns.namespaceId" }, ...args }, options };
}

function texts(world: World, ...keys: string[]): (string | undefined)[] {
  return keys.map((name) => world.text(name));
}

/** Answers that come too late for a timeout of one second; the requests take effect. */
function slow(world: World, ...operations: string[]): void {
  const action: FaultAction = { type: "delay", ms: 4000 };
  world.emulator.setFaults(operations.map((operation) => ({ match: { operation }, times: null, action })));
}

const timeout = "within its timeout of 1 s (customTimeouts)";

/** The operation fails with a sentence that names the timeout, and what comes next is done as if nothing had been. */
async function expectTimeout(world: World, operate: () => Promise<Operation>, ...operations: string[]): Promise<void> {
  slow(world, ...operations);
  const { ok, text } = await operate();
  expect([ok, text]).toEqual([false, expect.stringContaining(timeout)]);
  world.emulator.setFaults([]);
}

const scenarios: Scenario[] = [
  {
    name: "ignoreChanges of a member of the metadata",
    engine: "real",
    async play(world) {
      const options = { ignoreChanges: ["metadata.owner"] };
      await world.up(ns(), key({ metadata: { owner: "ops", tier: 1 } }, options));
      const { steps } = await world.up(ns(), key({ metadata: { owner: "dev", tier: 1 } }, options));
      expect([steps, world.requests()]).toEqual([[], 0]);
      await world.up(ns(), key({ metadata: { owner: "dev", tier: 2 } }, options));
      expect(metadata(world)).toEqual({ owner: "ops", tier: 2 });
      await world.expectSettled();
    },
  },
  {
    name: "ignoreChanges of single entries of a set",
    engine: "real",
    async play(world) {
      const options = { ignoreChanges: ['values["a"]', 'values["x.y"]', "entries[0].value"] };
      const all = (value: string) =>
        set(
          {
            values: { a: value, b: value, "x.y": value },
            entries: [
              { key: "c", value },
              { key: "d", value },
            ],
          },
          options,
        );
      await world.up(ns(), all("1"));
      await world.up(ns(), all("2"));
      expect(texts(world, "a", "b", "x.y", "c", "d")).toEqual(["1", "2", "1", "1", "2"]);
      await world.expectSettled();
    },
  },
  {
    name: "ignoreChanges of a source whose file is gone",
    engine: "real",
    async play(world) {
      const options = { ignoreChanges: ["source"] };
      const program = (file: string, maxDeletes: number) => [
        ns(),
        key({ value: undefined, source: { $file: `${file}.txt` } }, options),
        set({ source: { $file: `${file}.ndjson` }, keyPrefix: "p/", maxDeletes }, options),
      ];
      for (const file of ["old", "new"]) {
        world.write(`${file}.txt`, file);
        world.write(`${file}.ndjson`, `${JSON.stringify({ key: "b", value: file })}\n`);
      }
      await world.up(...program("old", 1));
      world.remove("old.txt");
      world.remove("old.ndjson");
      const { steps } = await world.up(...program("new", 1));
      expect([steps, world.requests()]).toEqual([[], 0]);
      expect((await world.up(...program("new", 2))).steps).toEqual(["update set"]);
      expect((await world.refresh()).steps).toEqual([]);
      expect(texts(world, "a", "p/b")).toEqual(["old", "old"]);
      await world.expectSettled();
    },
  },
  {
    name: "ignoreChanges of a source whose file is gone, and new metadata",
    engine: "real",
    async play(world) {
      const options = { ignoreChanges: ["source"] };
      world.write("old.txt", "old");
      world.write("new.txt", "new");
      await world.up(ns(), key({ value: undefined, source: { $file: "old.txt" } }, options));
      world.remove("old.txt");
      world.declare(ns(), key({ value: undefined, source: { $file: "new.txt" }, metadata: { tier: 2 } }, options));
      const { ok, text } = await world.engine.preview();
      expect([ok, text]).toEqual([false, expect.stringContaining("old.txt")]);
      expect(text).toContain("ignoreChanges");
      world.write("old.txt", "old");
      await world.up();
      expect([world.text("a"), metadata(world)]).toEqual(["old", { tier: 2 }]);
    },
  },
  {
    name: "additionalSecretOutputs",
    engine: "real",
    async play(world) {
      const program = (value: string) => [
        ns({ additionalSecretOutputs: ["title"] }),
        key({ value, metadata: { owner: "ops" } }, { additionalSecretOutputs: ["metadata"] }),
        set({ values: { b: value } }, { additionalSecretOutputs: ["values", "count"] }),
      ];
      const secretOutputs = () =>
        ["ns.title", "a.metadata", "set.values", "set.count"].filter((path) => {
          const [name = "", output = ""] = path.split(".");
          const value = world.state(name).outputs[output];
          return typeof value === "object" && value !== null && secretSignature in value;
        });
      await world.up(...program("one"));
      expect(secretOutputs()).toEqual(["ns.title", "a.metadata", "set.values", "set.count"]);
      expect((await world.refresh()).steps).toEqual([]);
      expect(secretOutputs()).toEqual(["ns.title", "a.metadata", "set.values", "set.count"]);
      await world.up(...program("two"));
      expect(secretOutputs()).toEqual(["ns.title", "a.metadata", "set.values", "set.count"]);
    },
  },
  {
    name: "customTimeouts: a create",
    engine: "real",
    door: "plugin",
    async play(world) {
      const customTimeouts = { create: "1s" };
      // What was created as the time ran out is found.
      slow(world, "namespaces.create");
      await world.up(ns({ customTimeouts }));
      world.declare(ns(), key({}, { customTimeouts }), set({ values: { b: "1" } }, { customTimeouts }));
      await expectTimeout(world, world.engine.up, "values.put", "bulk.put");
      await world.up();
      expect([texts(world, "a", "b"), world.emulator.namespaces().length]).toEqual([["one", "1"], 1]);
      await world.expectSettled();
    },
  },
  {
    name: "customTimeouts: an update",
    engine: "real",
    door: "plugin",
    async play(world) {
      const options = { customTimeouts: { update: "1s" } };
      const program = (value: string) => [ns(options), key({ value }, options), set({ values: { b: value } }, options)];
      await world.up(...program("one"));
      world.declare(...program("two"));
      await expectTimeout(world, world.engine.up, "values.put", "bulk.put");
      world.declare(ns(options, { title: "renamed" }), ...program("three").slice(1));
      await expectTimeout(world, world.engine.up, "namespaces.rename");
      await world.up();
      expect(texts(world, "a", "b")).toEqual(["three", "three"]);
      expect(world.emulator.namespaces()).toEqual([expect.objectContaining({ title: "renamed" })]);
      await world.expectSettled();
    },
  },
  {
    name: "customTimeouts: a delete",
    engine: "real",
    door: "plugin",
    async play(world) {
      const options = { customTimeouts: { delete: "1s" } };
      await world.up(ns(options), key({}, options), set({ values: { b: "1" } }, options));
      await expectTimeout(world, world.engine.destroy, "values.delete", "bulk.delete");
      await expectTimeout(world, world.engine.destroy, "namespaces.delete");
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "retainOnDelete",
    engine: "real",
    async play(world) {
      const options = { retainOnDelete: true };
      await world.up(ns(options), key({}, options), set({ values: { b: "1" } }, options));
      await world.up(ns(options), set({ values: { b: "1" } }, options));
      expect([world.writes(), texts(world, "a", "b")]).toEqual([[], ["one", "1"]]);
      await world.destroy();
      expect([world.writes(), texts(world, "a", "b")]).toEqual([[], ["one", "1"]]);
    },
  },
  {
    // The engine tells the provider nothing of such keys: for the namespace they are strangers.
    name: "deletedWith: a destroy says what to do, and goes through with forceDestroy",
    engine: "real",
    async play(world) {
      const program = (args: object) => [
        ns({}, args),
        key({}, withNamespace),
        set({ values: { b: "1" } }, withNamespace),
      ];
      await world.up(...program({}));
      world.emulator.clearLog();
      const { ok, text } = await world.engine.destroy();
      expect([ok, text]).toEqual([false, expect.stringContaining("CLOUDFLARE_KV_FORCE_DESTROY=true")]);
      expect(text).toContain("Keys of resources with deletedWith are known with --refresh");
      expect([world.writes(), texts(world, "a", "b")]).toEqual([[], ["one", "1"]]);
      await world.up(...program({ forceDestroy: true }));
      await world.destroy();
      expect([world.writes(), world.emulator.namespaces()]).toEqual([["DELETE namespaces.delete"], []]);
    },
  },
  {
    name: "deletedWith: a destroy with a refresh knows the keys as the stack's",
    engine: "real",
    async play(world) {
      await world.up(ns(), key({}, withNamespace), set({ values: { b: "1" } }, withNamespace));
      world.emulator.clearLog();
      const { ok, text } = await world.engine.destroy(["--refresh"]);
      expect([ok, text]).toEqual([true, expect.anything()]);
      expect([world.writes(), world.emulator.namespaces()]).toEqual([["DELETE namespaces.delete"], []]);
    },
  },
  {
    name: "protect",
    engine: "real",
    async play(world) {
      const options = { protect: true };
      await world.up(ns(options), key({}, options), set({ values: { b: "1" } }, options));
      world.declare(ns(options));
      for (const operate of [world.engine.up, world.engine.destroy]) {
        world.emulator.clearLog();
        const { ok, printed } = await operate();
        expect([ok, printed]).toEqual([false, expect.stringContaining("protect")]);
        expect([world.writes(), texts(world, "a", "b")]).toEqual([[], ["one", "1"]]);
      }
      await world.engine.run("state", "unprotect", "--all", "--yes");
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "hideDiffs",
    engine: "real",
    async play(world) {
      const options = { hideDiffs: ["value", "metadata"] };
      await world.up(ns(), key({ value: "the old text", metadata: { tier: 1 } }, options));
      world.declare(ns(), key({ value: "the new text", metadata: { tier: 2 } }, options));
      const { steps, printed } = await world.engine.preview(["--diff"]);
      expect([steps, printed]).toEqual([["update a"], expect.not.stringContaining("the new text")]);
      await world.up();
      expect([world.text("a"), metadata(world)]).toEqual(["the new text", { tier: 2 }]);
    },
  },
  {
    name: "replaceOnChanges of a member of the metadata",
    engine: "real",
    async play(world) {
      const options = { replaceOnChanges: ["metadata.owner"] };
      await world.up(ns(), key({ metadata: { owner: "ops", tier: 1 } }, options));
      const updated = await world.up(ns(), key({ metadata: { owner: "ops", tier: 2 } }, options));
      expect(updated.steps).toEqual(["update a"]);
      const { steps } = await world.up(ns(), key({ metadata: { owner: "dev", tier: 2 } }, options));
      expect([steps.includes("replace a"), world.writes()]).toEqual([true, ["PUT a"]]);
      expect(metadata(world)).toEqual({ owner: "dev", tier: 2 });
      await world.expectSettled();
    },
  },
  {
    name: "replaceOnChanges of single entries of a set",
    engine: "real",
    async play(world) {
      const options = { replaceOnChanges: ['values["a"]', "entries[0].value"] };
      const all = (a: string, b: string, c: string) =>
        set({ values: { a, b }, entries: [{ key: "c", value: c, metadata: { tier: b } }] }, options);
      await world.up(ns(), all("1", "1", "1"));
      expect((await world.up(ns(), all("1", "2", "1"))).steps).toEqual(["update set"]);
      for (const program of [all("3", "2", "1"), all("3", "2", "4")]) {
        const { steps } = await world.up(ns(), program);
        expect([steps.includes("replace set"), world.writes()]).toEqual([true, ["bulk.put a b c"]]);
      }
      expect(texts(world, "a", "b", "c")).toEqual(["3", "2", "4"]);
      await world.expectSettled();
    },
  },
];

playAll(scenarios, { transcribed: "options" });
