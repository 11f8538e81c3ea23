import type { Declaration } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";
import { playAll } from "./scenario";

/* A key moves from a set to a resource that comes later in the program. It is never missing. */

const namespaceId = { $ref: "ns.namespaceId" };
const ns: Declaration = { type: "Namespace", name: "ns", args: { title: "data" } };

type Values = Readonly<Record<string, string>>;

const set = (name: string, values: Values, options: Readonly<Record<string, unknown>> = {}): Declaration => ({
  type: "KeyValueSet",
  name,
  args: { namespaceId, values },
  options,
});

const afterOne = { dependsOn: [{ $resource: "one" }] };
const before = [ns, set("one", { a: "1", moved: "x" }), set("two", { b: "1" }, afterOne)];
const after = [ns, set("one", { a: "1" }), set("two", { b: "1", moved: "x" }, afterOne)];

function deletes(world: World): string[] {
  return world.writes().filter((write) => /delete/i.test(write));
}

const refusal = { match: { operation: "bulk.put", key: "moved" }, times: null, action: { status: 400 } } as const;

playAll([
  {
    name: "a key moves to a set that depends on its former one",
    async play(world) {
      await world.up(...before);
      world.declare(...after);
      world.emulator.clearLog();
      const { ok, said } = await world.engine.upAfterPreview();
      expect([ok, deletes(world), world.text("moved")]).toEqual([true, [], "x"]);
      expect(said).toContain(
        "info one: kept 1 key for two, which comes later in the program; " +
          "if it does not declare it after all, the next `pulumi up` deletes it",
      );
      await world.expectSettled();
      expect((await world.refresh()).steps).toEqual([]);

      await world.up(ns, set("one", { a: "1" }), set("two", { b: "1" }, afterOne));
      expect([deletes(world), world.text("moved")]).toEqual([["bulk.delete moved"], undefined]);
      await world.expectSettled();
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "a key stays where its later owner cannot write it",
    async play(world) {
      await world.up(...before);
      world.declare(...after);
      world.emulator.clearLog();
      world.emulator.setFaults([refusal]);
      const { ok } = await world.engine.upAfterPreview();
      world.emulator.setFaults([]);
      expect([ok, deletes(world), world.text("moved")]).toEqual([false, [], "x"]);

      // The key is the later owner's now, and goes with it.
      await world.up(ns, set("one", { a: "1" }));
      expect(world.text("moved")).toBeUndefined();
      await world.expectSettled();
      expect((await world.refresh()).steps).toEqual([]);
    },
  },
  {
    name: "a key goes with the next up where its later owner never came",
    async play(world) {
      const between: Declaration = { type: "KeyValue", name: "between", args: { namespaceId, key: "c", value: "1" } };
      const chain = { ...between, options: afterOne };
      await world.up(...before, chain);
      const last = { dependsOn: [{ $resource: "between" }] };
      const changed = { ...chain, args: { ...between.args, value: "2" } };
      world.declare(ns, set("one", { a: "1" }), changed, set("two", { b: "1", moved: "x" }, last));
      world.emulator.setFaults([{ match: { operation: "values.put" }, times: null, action: { status: 400 } }]);
      const { ok } = await world.engine.upAfterPreview();
      world.emulator.setFaults([]);
      expect([ok, world.text("moved")]).toEqual([false, "x"]);

      world.declare(ns, set("one", { a: "1" }), chain, set("two", { b: "1" }, last));
      const { said } = await world.engine.upAfterPreview();
      expect(world.text("moved")).toBeUndefined();
      expect(said.join("\n")).toContain('- "moved"');
      await world.expectSettled();
    },
  },
  {
    name: "a key stays while a later resource may declare it, whose key the preview does not know",
    async play(world) {
      const other: Declaration = { type: "Namespace", name: "other", args: { title: "other" }, options: afterOne };
      const later: Declaration = {
        type: "KeyValue",
        name: "later",
        args: { namespaceId, key: { $ref: "other.namespaceId" }, value: "x" },
      };
      const moved = () => world.text("moved", world.namespaceId("data"));
      await world.up(ns, set("one", { a: "1", moved: "x" }));
      world.declare(ns, set("one", { a: "1" }), other, later);
      world.emulator.clearLog();
      expect((await world.engine.upAfterPreview()).ok).toBe(true);
      expect([deletes(world), moved()]).toEqual([[], "x"]);
      // Now it is known that it does not.
      expect((await world.engine.upAfterPreview()).ok).toBe(true);
      expect([deletes(world), moved()]).toEqual([["bulk.delete moved"], undefined]);
      await world.expectSettled();
    },
  },
  {
    name: "keys move between sets that do not depend on each other",
    async play(world) {
      const sets = (at: number) =>
        [1, 2, 3, 4].map((name) =>
          set(`data-${name}`, { [`own-${name}`]: "1", ...(name === at && { "item:3": "x" }) }),
        );
      await world.up(ns, ...sets(1));
      for (const at of [3, 2, 4, 1]) {
        await world.up(ns, ...sets(at));
        expect([deletes(world), world.text("item:3")]).toEqual([[], "x"]);
      }
      await world.expectSettled();
    },
  },
]);
