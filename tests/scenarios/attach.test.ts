import type { Declaration } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";
import { token } from "../../tools/stack/world";
import { executable, Spawned } from "../processes/spawned";
import { playAll } from "./scenario";

const secret = "s3cret-of-the-store";
const namespaceId = { $ref: "ns.namespaceId" };
const namespace: Declaration = { type: "Namespace", name: "ns", args: { title: "data" } };

function key(name: string): Declaration {
  return { type: "KeyValue", name, args: { namespaceId, key: "a", value: { $secret: secret } } };
}

function set(values: Record<string, string>): Declaration {
  return { type: "KeyValueSet", name: "set", args: { namespaceId, values } };
}

/** Plays with one process that the engine did not start, and that each of its operations attaches to. */
async function attached(world: World, play: () => Promise<void>): Promise<void> {
  const plugin = new Spawned(executable, { cwd: world.dir, env: { ...world.env } });
  try {
    world.env.PULUMI_DEBUG_PROVIDERS = `cloudflare-kv:${await plugin.firstLine()}`;
    await play();
    expect(plugin.process.exitCode).toBeNull();
    expect(plugin.stderr).toBe("");
    expect(plugin.stdout).toMatch(/^\d+\n$/);
  } finally {
    await plugin.end();
  }
}

playAll([
  {
    name: "one attached process serves one operation after another",
    engine: "real",
    door: "plugin",
    play: (world) =>
      attached(world, async () => {
        await world.up(namespace, key("a"), set({ b: "1", c: "1" }));
        expect(world.text("a")).toBe(secret);
        await world.expectSettled();

        // What it says is shown by the engine that asks, each of which has an address of its own.
        world.declare(namespace, key("a"), set({ b: "2", c: "1" }));
        const planned = 'info set: set: +0 ~1 -0 of 2 entries (1 request)\n  ~ "b"';
        expect((await world.engine.preview()).said).toEqual([planned]);
        expect((await world.engine.preview()).said).toEqual([planned]);
        await world.up();
        expect((await world.refresh()).steps).toEqual([]);

        // Within one operation the key is claimed by its new name, which in the next one claims nothing.
        await world.up(namespace, key("renamed"), set({ b: "2" }));
        expect(world.writes().sort()).toEqual(["PUT a", "bulk.delete c"]);
        expect(world.text("a")).toBe(secret);
        await world.up(namespace, set({ b: "2" }));
        expect(world.writes()).toEqual(["DELETE a"]);

        const state = world.engine.clearState();
        expect([secret, token].filter((text) => state.includes(text))).toEqual([]);
        await world.destroy();
        expect(world.emulator.namespaces()).toEqual([]);
      }),
  },
]);
