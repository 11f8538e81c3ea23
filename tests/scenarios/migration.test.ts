import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Declaration } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";
import { bothWays, playAll, type Scenario } from "./scenario";

const namespaceId = { $ref: "ns.namespaceId" };

/** One of each, with what the two doors could see differently: secrets, files, a name that was made, a time to live. */
const program: readonly Declaration[] = [
  { type: "Namespace", name: "ns" },
  { type: "KeyValue", name: "text", args: { namespaceId, key: "a/b %", value: "one", metadata: { owner: "x" } } },
  { type: "KeyValue", name: "secret", args: { namespaceId, key: "secret", value: { $secret: "s3cret" } } },
  { type: "KeyValue", name: "file", args: { namespaceId, key: "file", source: { $file: "file.bin" } } },
  { type: "KeyValue", name: "ttl", args: { namespaceId, key: "ttl", value: "v", expirationTtl: 3600 } },
  { type: "KeyValueSet", name: "inline", args: { namespaceId, keyPrefix: "i:", values: { a: "1", b: "2" } } },
  { type: "KeyValueSet", name: "seed", args: { namespaceId, keyPrefix: "s:", source: { $file: "seed.ndjson" } } },
];

/** The same program through the plugin, with the aliases that the README names. */
function moved(declarations: readonly Declaration[]): Declaration[] {
  return declarations.map((declaration) => ({
    ...declaration,
    options: { aliases: [{ type: `pulumi-nodejs:dynamic/cloudflare-kv:${declaration.type}` }] },
  }));
}

async function bringUp(world: World): Promise<void> {
  writeFileSync(join(world.dir, "file.bin"), Buffer.from([0, 255, 1]));
  writeFileSync(join(world.dir, "seed.ndjson"), '{"key":"x","value":"1"}\n{"key":"y","value":"2"}\n');
  await world.up(...program);
}

const scenarios: readonly Scenario[] = [
  {
    name: "from the dynamic door to the plugin with aliases",
    engine: "real",
    door: "dynamic",
    async play(world) {
      await bringUp(world);
      const title = world.emulator.namespaces()[0]?.title;
      world.env.PULUMI_KV_DOOR = "plugin";
      world.declare(...moved(program));
      const planned = await world.engine.preview();
      expect([planned.ok, planned.steps]).toEqual([true, []]);
      const { steps } = await world.up();
      expect([steps, world.requests()]).toEqual([[], 0]);
      expect(world.engine.resources().filter(({ type }) => type.startsWith("pulumi-nodejs:"))).toEqual([]);
      await world.expectSettled();
      expect((await world.refresh()).steps).toEqual([]);

      // The aliases have done their work.
      await world.up(...program.map((it) => (it.name === "text" ? { ...it, args: { ...it.args, value: "two" } } : it)));
      expect([world.writes(), world.text("a/b %")]).toEqual([["PUT a/b %"], "two"]);
      expect(world.emulator.namespaces()[0]?.title).toBe(title);
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
];

playAll(scenarios, bothWays);
