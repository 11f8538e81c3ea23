import type { Declaration } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";
import { key, namespace } from "./key";
import { playAll, type Scenario } from "./scenario";

const set = (values: Record<string, string>, more: object = {}): Declaration => ({
  type: "KeyValueSet",
  name: "set",
  args: { namespaceId: { $ref: "ns.namespaceId" }, values, ...more },
});

const keys = ({ emulator }: World) => emulator.keys(emulator.namespaces()[0]?.id ?? "");

const numbered = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${String(index).padStart(5, "0")}`, "v"]));

const refused = (name: string) => ({
  match: { operation: "bulk.put", key: name },
  times: null,
  action: { status: 400, code: 10012 },
});

/** Runs that end before the state is what it should be, and another program after that. */
const scenarios: readonly Scenario[] = [
  {
    name: "too early: killed in the middle of a set's deletes, then the program before",
    settings: { isInProcess: false, config: { "cloudflare-kv:maxConcurrency": "1" } },
    async play(world) {
      const before = [namespace, set(numbered(25_000))];
      await world.up(...before);
      world.declare(namespace, set({ k00000: "v" }, { maxDeletes: 30_000 }));
      await world.upKilledInDeleting(1);
      const left = keys(world).length;
      expect(left).toBeLessThan(25_000);
      world.declare(...before);
      const { text } = await world.engine.preview();
      expect(text).toMatch(/set: \+[\d,]+ ~0 -0 of 25,000 entries/);
      await world.up();
      expect(keys(world)).toHaveLength(25_000);
      await world.expectSettled();
    },
  },
  {
    name: "too early: a key declared twice, and one of them replaced delete-first",
    async play(world) {
      const second = { ...key({ key: "a", value: "1" }, { dependsOn: [{ $resource: "first" }] }), name: "second" };
      const first = (args: Record<string, unknown>) => ({ ...key(args, { deleteBeforeReplace: true }), name: "first" });
      await world.up(namespace, first({ key: "a", value: "1" }), second);
      world.declare(namespace, first({ key: "b", value: "1" }), second);
      world.emulator.setFaults([{ match: { key: "b" }, times: null, action: { status: 400, code: 10012 } }]);
      expect((await world.engine.up()).ok).toBe(false);
      expect(keys(world)).toEqual([]);
      world.emulator.setFaults([]);
      await world.up();
      expect(keys(world)).toEqual(["a", "b"]);
      await world.expectSettled();
    },
  },
  {
    name: "too early: a key leaves a set for a resource that cannot be created, which is then dropped",
    async play(world) {
      await world.up(namespace, set({ a: "1", b: "2" }));
      world.declare(namespace, set({ a: "1" }), key({ key: "b", value: "2" }));
      world.emulator.setFaults([
        refused("b"),
        { match: { key: "b" }, times: null, action: { status: 400, code: 10012 } },
      ]);
      expect((await world.engine.up()).ok).toBe(false);
      expect(keys(world)).toEqual(["a", "b"]);
      world.emulator.setFaults([]);
      await world.up(namespace, set({ a: "1" }));
      expect(keys(world)).toEqual(["a"]);
      await world.expectSettled();
    },
  },
  {
    name: "too early: keys that an earlier program has deleted, and somebody else has written since, are adopted as they are",
    async play(world) {
      const single = key({ key: "a", value: "1", adopt: true });
      const many = set({ b: "2", c: "3" }, { adopt: true });
      await world.up(namespace, single, many);
      await world.up(namespace);
      expect(keys(world)).toEqual([]);
      for (const [name, value] of Object.entries({ a: "1", b: "2", c: "3" }))
        await world.foreign("PUT", `${world.namespaceId()}/values/${name}`, value);
      await world.up(namespace, single, many);
      expect(world.writes()).toEqual([]);
      await world.expectSettled();
    },
  },
];

playAll(scenarios);
