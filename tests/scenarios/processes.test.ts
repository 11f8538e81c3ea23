import type { Declaration } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";
import { bothWays, playAll, type Scenario } from "./scenario";

/*
 * One run, many processes: the engine starts one for each version of an SDK, for each explicit provider, and for the
 * classes. Whichever declares a key, none of the others deletes it.
 */

type Args = Readonly<Record<string, unknown>>;

const namespaceId = { $ref: "ns.namespaceId" };
const ns: Declaration = { type: "Namespace", name: "ns", args: { title: "data" } };

const key = (name: string, args: Args, options: Args = {}): Declaration => ({
  type: "KeyValue",
  name,
  args: { namespaceId, value: "1", ...args },
  options,
});

const set = (name: string, args: Args, options: Args = {}): Declaration => ({
  type: "KeyValueSet",
  name,
  args: { namespaceId, ...args },
  options,
});

/** A key whose resource has another name afterwards, one whose time to live changes, and a set with another name. */
function program(step: 1 | 2, options: Args = {}): Declaration[] {
  return [
    ns,
    key(`a${step}`, { key: "a" }, options),
    key("b", { key: "b", expirationTtl: 3600 * step }, options),
    set(`s${step}`, { keyPrefix: "s/", values: { x: "1" } }, options),
  ];
}

function stored(world: World): string[] {
  return world.emulator.keys(world.namespaceId()).sort();
}

function deletes(world: World): string[] {
  return world.writes().filter((write) => /delete/i.test(write));
}

async function expectAllThere(world: World, expected: string[]): Promise<void> {
  expect([deletes(world), stored(world)]).toEqual([[], expected]);
  await world.expectSettled();
  expect((await world.refresh()).steps).toEqual([]);
  await world.destroy();
  expect(world.emulator.namespaces()).toEqual([]);
}

const scenarios: readonly Scenario[] = [
  {
    name: "a new version of the SDK, whose provider is another process",
    door: "plugin",
    async play(world) {
      await world.up(...program(1, { version: "0.1.0" }));
      const { said } = await world.up(...program(2, { version: "0.1.1" }));
      expect(said).toEqual(
        expect.arrayContaining([
          "info a1: kept: now declared by a2",
          "info b: replaced in one write: the key stays",
          "info s1: kept 1 key: now declared by s2",
        ]),
      );
      await expectAllThere(world, ["a", "b", "s/x"]);
    },
  },
  {
    name: "an explicit provider in place of the default one",
    engine: "real",
    door: "plugin",
    async play(world) {
      await world.up(...program(1));
      const explicit: Declaration = { type: "Provider", name: "p", args: { maxConcurrency: 4 } };
      await world.up(explicit, ...program(2, { provider: { $resource: "p" } }));
      await expectAllThere(world, ["a", "b", "s/x"]);
    },
  },
  {
    name: "from the classes to the plugin's SDK with other names, and a set in place of a key",
    engine: "real",
    door: "dynamic",
    async play(world) {
      const values = { x: "1", y: "2" };
      await world.up(ns, key("a", { key: "a" }), set("s", { keyPrefix: "s/", values }), key("m", { key: "m" }));
      world.env.PULUMI_KV_DOOR = "plugin";
      const alias = (type: string, name: string) => ({
        aliases: [{ name, type: `pulumi-nodejs:dynamic/cloudflare-kv:${type}` }],
      });
      await world.up(
        { ...ns, options: alias("Namespace", "ns") },
        key("a2", { key: "a" }, alias("KeyValue", "a")),
        set("s2", { keyPrefix: "s/", values }, alias("KeyValueSet", "s")),
        set("instead", { values: { m: "1" } }),
      );
      await expectAllThere(world, ["a", "m", "s/x", "s/y"]);
    },
  },
  {
    name: "the classes beside the plugin's SDK, with a set that prunes what is not listed",
    door: "dynamic",
    async play(world) {
      const declared = (value: string): Declaration[] => [
        ns,
        { ...key("one", { key: "s/one", value }), door: "plugin" },
        set("s", { keyPrefix: "s/", values: { x: value }, prune: "unlisted" }, { dependsOn: [{ $resource: "one" }] }),
      ];
      await world.up(...declared("1"));
      await world.up(...declared("2"));
      await expectAllThere(world, ["s/one", "s/x"]);
    },
  },
];

const each = scenarios.map((scenario) => ({ ...scenario, settings: { ...scenario.settings, isInProcess: false } }));

playAll(each, bothWays);
