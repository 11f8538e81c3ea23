import { type FoundLeak, searched } from "../secrets/searched";
import { playAll } from "./scenario";
import type { Declaration, World } from "./world";
import { token } from "./world";

const secret = "s3cret/välue?&=";

function program(value: unknown): Declaration[] {
  return [
    { type: "Namespace", name: "ns", args: { title: "data" } },
    { type: "KeyValue", name: "a", args: { namespaceId: { $ref: "ns.namespaceId" }, key: "a", ...(value as object) } },
  ];
}

/** What no state, no message and no output may show. */
function leaks(world: World, shown: readonly string[]): FoundLeak[] {
  return searched([secret, token], { state: [world.engine.clearState()], stdout: shown });
}

playAll([
  {
    name: "a secret value stays secret",
    async play(world) {
      const shown: string[] = [];
      const value = (text: string) => program({ value: { $secret: text }, metadata: { $secret: { note: secret } } });
      const show = async (operation: Promise<{ text: string; printed: string }>) => {
        const { text, printed } = await operation;
        shown.push(text, printed);
      };
      await show(world.up(...value(secret)));
      expect(world.text("a")).toBe(secret);
      await show(world.up(...value(`${secret}2`)));
      await show(world.refresh());
      await world.foreign("PUT", `${world.namespaceId()}/values/a`, `drifted ${secret}`);
      await show(world.refresh());
      world.declare(...program({ value: { $secret: secret }, valueBase64: { $secret: secret } }));
      await show(world.engine.preview());
      world.declare(...program({ valueBase64: { $secret: secret } }));
      await show(world.engine.preview());
      world.declare(...value(`${secret}3`));
      world.emulator.setFaults([
        { match: { operation: "values.put" }, times: null, action: { status: 503, retryAfter: 0 } },
      ]);
      await show(world.engine.up());
      expect(shown.join("\n")).toContain("status 503");
      expect(leaks(world, shown)).toEqual([]);
    },
  },
  {
    name: "a secret value stays secret where its replacement fails after a skipped delete",
    async play(world) {
      const options = { deleteBeforeReplace: true };
      const key = (args: object): Declaration[] => {
        const [namespace, a] = program({ expirationTtl: 600, ...args }) as [Declaration, Declaration];
        return [namespace, { ...a, options }];
      };
      await world.up(...key({ value: { $secret: secret }, metadata: { $secret: { note: secret } } }));
      world.declare(...key({ valueBase64: "dHdv", expirationTtl: 700 }));
      world.emulator.setFaults([{ match: { operation: "values.put" }, times: null, action: { status: 503 } }]);
      const { ok, text, printed } = await world.engine.up();
      expect([ok, text]).toEqual([false, expect.stringContaining("still has its old value")]);
      expect(world.state("a").outputs).toHaveProperty("valueSha256");
      expect(leaks(world, [text, printed])).toEqual([]);
      world.emulator.setFaults([]);
      await world.up();
      expect(world.text("a")).toBe("two");
      await world.expectSettled();
    },
  },
  {
    name: "members of a secret stay secret where the plan names them",
    async play(world) {
      const all = (text: string): Declaration[] => {
        const [namespace, a] = program({ value: "one", metadata: { $secret: { note: text, tier: 1 } } });
        const entry = { key: "c", value: text, metadata: { note: text } };
        const args = { values: { b: { $secret: text } }, entries: { $secret: [entry] } };
        const set = { namespaceId: { $ref: "ns.namespaceId" }, ...args };
        return [namespace, a, { type: "KeyValueSet", name: "set", args: set }] as Declaration[];
      };
      await world.up(...all(secret));
      world.declare(...all(`${secret}2`));
      const { steps, text, printed } = await world.engine.preview(["--diff"]);
      expect(steps).toEqual(["update a", "update set"]);
      expect(leaks(world, [text, printed])).toEqual([]);
      const { printed: done } = await world.up();
      expect(leaks(world, [done])).toEqual([]);
    },
  },
  {
    name: "the search for secrets finds a planted one",
    async play(world) {
      await world.up(...program({ value: secret }));
      expect(leaks(world, [])).toContainEqual({ secret, place: "state", form: "raw" });
    },
  },
]);
