import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Declaration } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";
import { key as declaredKey, namespace } from "./key";
import { playAll, type Scenario } from "./scenario";

const namespaceId = { $ref: "ns.namespaceId" };

/** Two keys and a set of two, all with one value. */
function program(value: string, ns: Declaration = namespace): Declaration[] {
  const { type, args } = declaredKey({ key: "b", value });
  const set: Declaration = { type: "KeyValueSet", name: "set", args: { namespaceId, values: { c: value, d: value } } };
  return [ns, declaredKey({ value }), { type, name: "b", args: args ?? {} }, set];
}

function urn(world: World, name: string): string {
  return world.state(name).urn;
}

function texts(world: World): (string | undefined)[] {
  return ["a", "b", "c", "d"].map((name) => world.text(name));
}

async function expectOne(world: World, value: string): Promise<void> {
  expect(texts(world)).toEqual([value, value, value, value]);
  await world.expectSettled();
}

/** Somebody else changes, deletes and lets expire. */
async function drift(world: World): Promise<void> {
  const path = `${world.namespaceId()}/values`;
  await world.foreign("PUT", `${path}/a`, "theirs");
  await world.foreign("DELETE", `${path}/b`);
  await world.foreign("PUT", `${path}/c`, "theirs");
  await world.foreign("DELETE", `${path}/d`);
}

const repairs = ["create b", "update a", "update set"];

const scenarios: Scenario[] = [
  {
    name: "--target",
    engine: "real",
    async play(world) {
      await world.up(...program("one"));
      world.declare(...program("two"));
      world.emulator.clearLog();
      const { ok, steps } = await world.engine.up(["--target", urn(world, "a")]);
      expect([ok, steps, world.writes()]).toEqual([true, ["update a"], ["PUT a"]]);
      expect(texts(world)).toEqual(["two", "one", "one", "one"]);
      await world.up();
      expect(world.writes().sort()).toEqual(["PUT b", "bulk.put c d"]);
      await expectOne(world, "two");
    },
  },
  {
    name: "--target of a key that is gone from the program",
    engine: "real",
    async play(world) {
      await world.up(...program("one"));
      world.declare(...program("two").filter(({ name }) => name !== "a"));
      world.emulator.clearLog();
      const { ok, steps } = await world.engine.up(["--target", urn(world, "a")]);
      expect([ok, steps, world.writes()]).toEqual([true, ["delete a"], ["DELETE a"]]);
      expect(texts(world)).toEqual([undefined, "one", "one", "one"]);
    },
  },
  {
    name: "--target-dependents",
    engine: "real",
    async play(world) {
      const eu = { ...namespace, args: { title: "data", jurisdiction: "eu" } };
      const us = { ...namespace, args: { title: "data", jurisdiction: "us" } };
      const other: Declaration = { type: "Namespace", name: "other", args: { title: "other" } };
      await world.up(...program("one", eu), other);
      const before = world.namespaceId("data");
      world.declare(...program("two", us), { ...other, args: { title: "another" } });
      const { ok, text } = await world.engine.up(["--target", urn(world, "ns"), "--target-dependents"]);
      expect([ok, text]).toEqual([true, expect.anything()]);
      expect(world.emulator.namespaces().map(({ title }) => title)).toEqual(["other", "data"]);
      expect([world.namespaceId("data") === before, world.text("a", world.namespaceId("data"))]).toEqual([
        false,
        "two",
      ]);
      await world.up();
      expect(world.writes()).toEqual(["PUT namespaces.rename"]);
      const destroyed = await world.engine.destroy(["--target", urn(world, "ns"), "--target-dependents"]);
      expect([destroyed.ok, world.emulator.namespaces().map(({ title }) => title)]).toEqual([true, ["another"]]);
    },
  },
  {
    name: "--exclude",
    engine: "real",
    async play(world) {
      await world.up(...program("one"));
      world.declare(...program("two"));
      const { ok } = await world.engine.up(["--exclude", urn(world, "a")]);
      expect([ok, texts(world)]).toEqual([true, ["one", "two", "two", "two"]]);
      await world.up();
      expect(world.writes()).toEqual(["PUT a"]);
      await expectOne(world, "two");
    },
  },
  {
    name: "preview --refresh, up --refresh",
    engine: "real",
    async play(world) {
      await world.up(...program("one"));
      await drift(world);
      world.emulator.clearLog();
      const preview = await world.engine.preview(["--refresh"]);
      expect([preview.ok, world.writes(), repairs.filter((step) => !preview.steps.includes(step))]).toEqual([
        true,
        [],
        [],
      ]);
      world.emulator.clearLog();
      const { ok, text } = await world.engine.up(["--refresh"]);
      expect([ok, text, world.writes().sort()]).toEqual([true, expect.anything(), ["PUT a", "PUT b", "bulk.put c d"]]);
      await expectOne(world, "one");
    },
  },
  {
    name: "an update plan",
    engine: "real",
    settings: { env: { PULUMI_EXPERIMENTAL: "true" } },
    async play(world) {
      const autonamed: Declaration = { type: "Namespace", name: "ns" };
      world.declare(...program("one", autonamed));
      await world.engine.preview(["--save-plan", "plan.json"]);
      const planned = readFileSync(join(world.dir, "plan.json"), "utf8");
      const { ok, text } = await world.engine.up(["--plan", "plan.json"]);
      expect([ok, text]).toEqual([true, expect.anything()]);
      const [{ title } = { title: "" }] = world.emulator.namespaces();
      expect([title, planned.includes(title)]).toEqual([expect.stringMatching(/^ns-/), world.door === "plugin"]);
      await expectOne(world, "one");
      world.declare(...program("two", autonamed));
      await world.engine.preview(["--save-plan", "plan.json"]);
      world.declare(...program("three", autonamed));
      const refused = await world.engine.up(["--plan", "plan.json"]);
      expect([refused.ok, refused.text]).toEqual([false, expect.stringContaining("violates plan")]);
      expect(texts(world)).toEqual(["one", "one", "one", "one"]);
      world.declare(...program("two", autonamed));
      expect((await world.engine.up(["--plan", "plan.json"])).ok).toBe(true);
      await expectOne(world, "two");
    },
  },
  {
    name: "state rename",
    engine: "real",
    async play(world) {
      await world.up(...program("one"));
      for (const name of ["ns", "a", "set"]) {
        await world.engine.run("state", "rename", urn(world, name), `new-${name}`, "--yes");
      }
      const renamed = JSON.stringify(program("one"))
        .replace(/"name":"(ns|a|set)"/g, '"name":"new-$1"')
        .replaceAll("ns.namespaceId", "new-ns.namespaceId");
      const { steps } = await world.up(...JSON.parse(renamed));
      expect([steps, world.requests()]).toEqual([[], 0]);
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "state move",
    engine: "real",
    async play(world) {
      await world.up(...program("one"));
      await world.engine.run("stack", "init", "other");
      await world.engine.run("stack", "select", "dev");
      const stacks = ["--source", "organization/project/dev", "--dest", "organization/project/other"];
      await world.engine.run("state", "move", ...stacks, urn(world, "b"), urn(world, "set"), "--yes");
      const { steps } = await world.up(...program("one").filter(({ name }) => name === "ns" || name === "a"));
      expect([steps, world.requests()]).toEqual([[], 0]);
      expect(texts(world)).toEqual(["one", "one", "one", "one"]);
    },
  },
  {
    name: "one resource at a time",
    engine: "real",
    settings: { env: { PULUMI_PARALLEL: "1" } },
    async play(world) {
      await world.up(...program("one"));
      await expectOne(world, "one");
      const { text } = await world.up(...program("two", { ...namespace, args: { title: "data", jurisdiction: "eu" } }));
      expect([text, texts(world)]).toEqual([expect.anything(), ["two", "two", "two", "two"]]);
      expect(world.emulator.namespaces()).toHaveLength(1);
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
];

playAll(scenarios, { transcribed: "commands" });
