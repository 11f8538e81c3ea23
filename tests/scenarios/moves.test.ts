import type { Declaration } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";
import { playAll, type Scenario } from "./scenario";

const namespace: Declaration = { type: "Namespace", name: "ns", args: { title: "data" } };
const namespaceId = { $ref: "ns.namespaceId" };

type Values = Readonly<Record<string, string>>;

function set(name: string, values: Values, args: object = {}, options: Record<string, unknown> = {}): Declaration {
  return { type: "KeyValueSet", name, args: { namespaceId, values, ...args }, options };
}

function single(key: string, value: string, options: Record<string, unknown> = {}): Declaration {
  return { type: "KeyValue", name: key, args: { namespaceId, key, value }, options };
}

const one = { a: "1", b: "2", c: "3" };

/** From one program to the next: the store is as declared, foreign keys are untouched, and nothing is left to do. */
async function move(world: World, expected: Values, ...declarations: Declaration[]): Promise<void> {
  await world.up(namespace, ...declarations);
  await expectStore(world, expected);
}

async function expectStore(world: World, expected: Values): Promise<void> {
  const found = world.emulator.keys(world.namespaceId()).map((key) => [key, world.text(key)]);
  expect(Object.fromEntries(found)).toEqual({ ...expected, foreign: "f" });
  await world.expectSettled();
  const { steps } = await world.refresh();
  expect(steps).toEqual([]);
}

async function begin(world: World, ...declarations: Declaration[]): Promise<void> {
  await world.up(namespace, ...declarations);
  await world.foreign("PUT", `${world.namespaceId()}/values/foreign`, "f");
}

const scenarios: Scenario[] = [
  {
    name: "move: single keys into a set, and out again",
    async play(world) {
      const singles = Object.entries(one).map(([key, value]) => single(key, value));
      await begin(world, ...singles);
      await move(world, one, set("set", one));
      await move(world, one, ...singles);
    },
  },
  {
    name: "move: one set into two, and back",
    async play(world) {
      await begin(world, set("all", one));
      await move(world, one, set("all", { a: "1" }), set("rest", { b: "2", c: "3" }));
      await move(world, one, set("all", one));
    },
  },
  {
    name: "move: a key from one set to another, in either order",
    async play(world) {
      await begin(world, set("x", { a: "1", b: "2" }), set("y", { c: "3" }));
      await move(world, one, set("x", { a: "1" }), set("y", { b: "2", c: "3" }));
      await move(world, one, set("x", { a: "1", b: "2" }), set("y", { c: "3" }));
    },
  },
  {
    name: "move: a set to another name without an alias",
    async play(world) {
      await begin(world, set("old", one));
      await move(world, one, set("new", one));
    },
  },
  {
    name: "move: a set to another name with an alias",
    engine: "real",
    async play(world) {
      await begin(world, set("old", one));
      await world.up(namespace, set("new", one, {}, { aliases: [{ name: "old" }] }));
      expect(world.writes()).toEqual([]);
      await expectStore(world, one);
    },
  },
  {
    name: "move: a set to another prefix, which covers the keys too",
    async play(world) {
      await begin(world, set("set", { "x/a": "1", "x/b": "2" }, { keyPrefix: "p/" }));
      const expected = { "p/x/a": "1", "p/x/b": "2" };
      await move(world, expected, set("set", { a: "1", b: "2" }, { keyPrefix: "p/x/" }));
      await move(world, expected, set("set", { "x/a": "1", "x/b": "2" }, { keyPrefix: "p/" }));
    },
  },
  {
    name: "move: --replace of a set",
    engine: "real",
    async play(world) {
      await begin(world, set("set", one));
      const { ok } = await world.engine.up(["--replace", world.state("set").urn]);
      expect(ok).toBe(true);
      await expectStore(world, one);
    },
  },
  {
    name: "move: --replace of a set that is deleted first",
    engine: "real",
    async play(world) {
      await begin(world, set("set", one, {}, { deleteBeforeReplace: true }));
      const { ok } = await world.engine.up(["--replace", world.state("set").urn]);
      expect(ok).toBe(true);
      await expectStore(world, one);
    },
  },
];

playAll(scenarios);
