import type { Declaration } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";
import { playAll, type Scenario } from "./scenario";

const far = 2_000_000_000;
const namespace: Declaration = { type: "Namespace", name: "ns", args: { title: "data" } };

function key(args: Record<string, unknown> = {}, options: Record<string, unknown> = {}, name = "a"): Declaration {
  const basis = { namespaceId: { $ref: "ns.namespaceId" }, key: "a", value: "one" };
  return { type: "KeyValue", name, args: { ...basis, ...args }, options };
}

function urn(world: World, name: string): string {
  return world.state(name).urn;
}

/** A change of the expiration that the provider does not survive: the store still has what was there before. */
async function upKilledInReplacement(world: World, deleteBeforeReplace: boolean): Promise<void> {
  await world.up(namespace, key({ expiration: far }, { deleteBeforeReplace }));
  world.declare(namespace, key({ expiration: far + 1 }, { deleteBeforeReplace }));
  expect((await world.upKilledAtWrite()).ok).toBe(false);
  expect(world.emulator.entry(world.namespaceId(), "a")?.expiration).toBe(far);
}

/** Whatever happened: the store is as declared, nothing needs a change, and a destroy leaves nothing. */
async function expectWhole(world: World, value = "one"): Promise<void> {
  expect(world.text("a")).toBe(value);
  await world.expectSettled();
  await world.destroy();
  expect(world.emulator.namespaces()).toEqual([]);
}

const scenarios: Scenario[] = [
  {
    name: "--replace",
    engine: "real",
    async play(world) {
      await world.up(namespace, key());
      const { ok, steps } = await world.engine.up(["--replace", urn(world, "a")]);
      expect([ok, steps]).toEqual([true, ["create-replacement a", "delete-replaced a", "replace a"]]);
      await expectWhole(world);
    },
  },
  {
    name: "--replace of a namespace and what is in it",
    engine: "real",
    async play(world) {
      await world.up({ type: "Namespace", name: "ns" }, key());
      const { ok, text } = await world.engine.up(["--replace", urn(world, "ns")]);
      expect([ok, text]).toEqual([true, expect.anything()]);
      expect(world.emulator.namespaces()).toHaveLength(1);
      await expectWhole(world);
    },
  },
  {
    name: "state taint",
    engine: "real",
    async play(world) {
      await world.up(namespace, key());
      await world.engine.run("state", "taint", urn(world, "a"), "--yes");
      await world.up();
      expect(world.writes()).toEqual(["PUT a"]);
      await expectWhole(world);
    },
  },
  {
    name: "replaceOnChanges",
    engine: "real",
    async play(world) {
      const options = { replaceOnChanges: ["value"] };
      await world.up(namespace, key({}, options));
      const { steps } = await world.up(namespace, key({ value: "two" }, options));
      expect([steps.includes("replace a"), world.writes()]).toEqual([true, ["PUT a"]]);
      await expectWhole(world, "two");
    },
  },
  {
    name: "rename with alias",
    engine: "real",
    async play(world) {
      await world.up(namespace, key());
      const { steps } = await world.up(namespace, key({}, { aliases: [{ name: "a" }] }, "renamed"));
      expect([steps, world.requests()]).toEqual([[], 0]);
      await expectWhole(world);
    },
  },
  {
    name: "rename without alias",
    async play(world) {
      await world.up(namespace, key());
      await world.up(namespace, key({}, {}, "renamed"));
      expect(world.writes()).toEqual(["PUT a"]);
      await expectWhole(world);
    },
  },
  ...[true, false].map((deleteBeforeReplace) => ({
    name: `deleteBeforeReplace ${deleteBeforeReplace} with a create that fails`,
    async play(world: World) {
      const options = { deleteBeforeReplace };
      await world.up(namespace, key({ expiration: far }, options));
      world.declare(namespace, key({ expiration: far + 1 }, options));
      world.emulator.setFaults([
        { match: { operation: "values.put" }, times: null, action: { status: 503, retryAfter: 0 } },
      ]);
      expect((await world.engine.up()).ok).toBe(false);
      expect(world.emulator.entry(world.namespaceId(), "a")?.expiration).toBe(far);
      world.emulator.setFaults([]);
      await world.up();
      expect(world.emulator.entry(world.namespaceId(), "a")?.expiration).toBe(far + 1);
      await expectWhole(world);
    },
  })),
  {
    name: "a pending delete run by the next up",
    async play(world) {
      const other = key({ key: "b" }, {}, "b");
      await world.up(namespace, key(), other);
      // The new key is written; the delete of the old one fails, and stays to be done.
      world.emulator.setFaults([
        { match: { operation: "values.delete" }, times: null, action: { status: 400, code: 10037 } },
      ]);
      world.declare(namespace, key({ key: "c" }), other);
      expect((await world.engine.up()).ok).toBe(false);
      world.emulator.setFaults([]);
      // Meanwhile the program wants the old key back: the pending delete must leave it alone.
      await world.up(namespace, key({ key: "c" }), other, key({}, {}, "back"));
      expect(world.emulator.keys(world.namespaceId())).toEqual(["a", "b", "c"]);
      await expectWhole(world);
    },
  },
  ...[true, false].map((deleteBeforeReplace) => ({
    name: `the provider killed in a replacement, deleteBeforeReplace ${deleteBeforeReplace}, then up`,
    async play(world: World) {
      await upKilledInReplacement(world, deleteBeforeReplace);
      await world.up();
      await expectWhole(world);
    },
  })),
  {
    name: "the provider killed in a replacement, then destroy",
    async play(world) {
      await upKilledInReplacement(world, false);
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    // The engine forgets such a resource without a word to the provider: the key is found, named and kept.
    name: "the provider killed in a delete-before-replace, then destroy",
    async play(world) {
      await upKilledInReplacement(world, true);
      const { ok, text } = await world.engine.destroy();
      expect([ok, text]).toEqual([false, expect.stringContaining('such as "a"')]);
      expect(world.text("a")).toBe("one");
      world.env.CLOUDFLARE_KV_FORCE_DESTROY = "true";
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "destroy --refresh after expiration drift",
    engine: "real",
    async play(world) {
      await world.up(namespace, key({ expiration: far }));
      await world.foreign("PUT", `${world.namespaceId()}/values/a?expiration=${far + 1}`, "one");
      const { ok, text } = await world.engine.destroy(["--refresh"]);
      expect([ok, text]).toEqual([true, expect.anything()]);
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "a removed resource whose dependency is replaced",
    async play(world) {
      const eu: Declaration = { ...namespace, args: { title: "data", jurisdiction: "eu" } };
      const us: Declaration = { ...namespace, args: { title: "data", jurisdiction: "us" } };
      await world.up(eu, key(), key({ key: "b" }, {}, "b"));
      await world.up(us, key());
      expect(world.emulator.keys(world.namespaceId())).toEqual(["a"]);
      await expectWhole(world);
    },
  },
];

playAll(scenarios, { transcribed: "ownership" });
