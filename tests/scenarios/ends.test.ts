import { setTimeout as delay } from "node:timers/promises";
import type { Declaration } from "../../tools/stack/stack";
import { playAll } from "./scenario";

const namespace: Declaration = { type: "Namespace", name: "ns", args: { title: "data" } };

function keys(count: number): Declaration[] {
  return Array.from({ length: count }, (_, index) => ({
    type: "KeyValue",
    name: `k${index}`,
    args: { namespaceId: { $ref: "ns.namespaceId" }, key: `k${index}`, value: "v" },
  }));
}

playAll([
  {
    name: "when the engine is killed, its providers send nothing more and end",
    engine: "real",
    async play(world) {
      await world.up(namespace);
      world.declare(namespace, ...keys(3));
      await world.upWithKilledEngine();
      expect(await world.providersEnd(10_000)).toBe(true);
      const { length } = world.emulator.log;
      await delay(1000);
      expect(world.emulator.log).toHaveLength(length);

      world.emulator.setFaults([]);
      await world.engine.run("cancel", "--yes");
      await world.up();
      expect(["k0", "k1", "k2"].map((key) => world.text(key))).toEqual(["v", "v", "v"]);
      await world.expectSettled();
    },
  },
  {
    name: "keys that the engine asks for one after the other share requests",
    engine: "real",
    async play(world) {
      await world.up(namespace);
      world.emulator.setFaults([{ times: null, action: { type: "delay", ms: 300 } }]);
      const all = keys(60);
      world.declare(namespace, ...all);
      world.emulator.clearLog();
      expect((await world.engine.up(["--parallel", "60"])).ok).toBe(true);
      // One by one, as they were sent before, they are sixty.
      expect(world.requests()).toBeLessThanOrEqual(30);
      expect(all.map(({ name }) => world.text(name))).toEqual(all.map(() => "v"));
    },
  },
]);
