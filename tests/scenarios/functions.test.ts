import type { Declaration } from "../../tools/stack/stack";
import { accountId, type World } from "../../tools/stack/world";
import { bothWays, playAll, type Scenario } from "./scenario";

const namespaceId = { $ref: "ns.namespaceId" };
const keys = Array.from({ length: 1100 }, (_, index) => `key-${1000 + index}`);
const resources: readonly Declaration[] = [
  { type: "Namespace", name: "ns", args: { title: "data" } },
  {
    type: "KeyValueSet",
    name: "set",
    args: { namespaceId, values: Object.fromEntries(keys.map((key) => [key, "v"])) },
  },
];
const afterSet = { dependsOn: [{ $resource: "set" }] };
const secret = "s3cret välue";

/** What the program exports, by the names of its resources and calls. */
function outputs(world: World): Record<string, unknown> {
  return world.engine.resources().find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
}

const isSecret = expect.objectContaining({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
});

function reads(world: World): string[] {
  return world.emulator.log.filter(({ method }) => method === "GET").map(({ operation }) => operation);
}

const scenarios: readonly Scenario[] = [
  {
    name: "functions answer what the store holds",
    async play(world) {
      const byTitle: Declaration = {
        type: "getNamespace",
        name: "byTitle",
        args: { title: "data" },
        options: afterSet,
      };
      const calls: Declaration[] = [
        byTitle,
        { type: "getNamespace", name: "byId", args: { namespaceId: { $ref: "ns.id" } } },
        { type: "getNamespaces", name: "all", options: afterSet },
        { type: "getKeys", name: "keys", args: { namespaceId }, options: afterSet },
        { type: "getKeys", name: "some", args: { namespaceId, prefix: "key-10", limit: 2 }, options: afterSet },
      ];
      world.declare(...resources, ...calls);
      const planned = await world.engine.preview();
      // The plugin asks whether the title is free.
      expect([planned.ok, world.requests() <= 1]).toEqual([true, true]);
      await world.up(...resources, ...calls);
      const id = world.namespaceId();
      const details = {
        id: `${accountId}/${id}`,
        accountId,
        namespaceId: id,
        title: "data",
        supportsUrlEncoding: true,
      };
      expect(outputs(world)).toMatchObject({
        byTitle: details,
        byId: details,
        all: { namespaces: [details] },
        keys: { keys: keys.map((name) => ({ name })) },
        some: { keys: [{ name: "key-1000" }, { name: "key-1001" }] },
      });
      expect(reads(world).filter((operation) => operation === "keys.list")).toHaveLength(3);
      await world.expectSettled();
    },
  },
  {
    name: "a value that is looked up stays secret, and so does what it is written to",
    async play(world) {
      const [namespace] = resources as [Declaration, Declaration];
      const ref = (property: string) => ({ $ref: `found.${property}` });
      await world.up(namespace);
      await world.foreign("PUT", `${world.namespaceId()}/values/a`, secret);
      const { text, printed } = await world.up(
        namespace,
        { type: "getKeyValue", name: "found", args: { namespaceId, key: "a" } },
        { type: "KeyValue", name: "copy", args: { namespaceId, key: "copy", value: ref("value") } },
      );
      expect([world.text("copy"), outputs(world).found]).toEqual([secret, isSecret]);
      expect([world.engine.clearState(), text, printed].filter((shown) => shown.includes(secret))).toEqual([]);
      await world.expectSettled();
    },
  },
  {
    name: "a function that finds nothing says so in a sentence",
    // The program of the other door prints the stack of Pulumi's own SDK.
    door: "dynamic",
    async play(world) {
      const [namespace] = resources as [Declaration, Declaration];
      await world.up(namespace);
      world.declare(namespace, { type: "getKeyValue", name: "found", args: { namespaceId, key: "a" } });
      const { ok, text } = await world.engine.preview();
      expect([ok, text]).toEqual([false, expect.stringContaining('getKeyValue: There is no key "a" in the namespace')]);
    },
  },
];

playAll(scenarios, bothWays);
