import type { Declaration } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";
import { token } from "../../tools/stack/world";
import { type FoundLeak, secretsIn } from "../secrets/secret-scan";
import { bothWays, playAll, type Scenario } from "./scenario";

const secret = "s3cret/välue?&=";
/** Pulumi's own credential, which a provider has in its environment. */
const accessToken = "pul-s3cret-access-token";

function program(value: unknown): Declaration[] {
  return [
    { type: "Namespace", name: "ns", args: { title: "data" } },
    { type: "KeyValue", name: "a", args: { namespaceId: { $ref: "ns.namespaceId" }, key: "a", ...(value as object) } },
  ];
}

/** What no state, no message and no output may show. */
function leaks(world: World, shown: readonly string[]): FoundLeak[] {
  return secretsIn([secret, token, accessToken], { state: [world.engine.clearState()], stdout: shown });
}

const scenarios: readonly Scenario[] = [
  {
    name: "a secret value stays secret",
    settings: { env: { PULUMI_ACCESS_TOKEN: accessToken } },
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
    name: "names of keys that are secret are in no text",
    async play(world) {
      const shown: string[] = [];
      const all = (name: string): Declaration[] => {
        const set = (of: string, args: object): Declaration => ({
          type: "KeyValueSet",
          name: of,
          args: { namespaceId: { $ref: "ns.namespaceId" }, keyPrefix: `${of}/`, ...args },
        });
        const line = JSON.stringify({ key: name, value: "v" });
        return [
          { type: "Namespace", name: "ns", args: { title: "data" } },
          set("map", { values: { $secret: { [name]: "v" } } }),
          set("entry", {
            entries: [
              { key: { $secret: name }, value: "v" },
              { key: "open", value: "v" },
            ],
          }),
          set("text", { source: { $secret: { $text: line } } }),
        ];
      };
      const show = async (operation: Promise<{ text: string; printed: string }>) => {
        const { text, printed } = await operation;
        shown.push(text, printed);
      };
      await show(world.up(...all(secret)));
      expect(world.text(`map/${secret}`)).toBe("v");
      world.declare(...all(`${secret}2`));
      await show(world.engine.preview());
      await show(world.engine.preview(["--diff"]));
      await show(world.engine.preview(["--json"]));
      expect(shown.join("\n")).toContain("+1 ~0 -1 of 1 entry (2 requests); the names of the keys are secret");
      world.emulator.setFaults([{ match: { operation: "bulk.put" }, times: null, action: { status: 400 } }]);
      await show(world.engine.up());
      expect(shown.join("\n")).toContain("1 key was not written");
      world.emulator.setFaults([]);
      await show(world.up());
      await world.foreign("DELETE", `${world.namespaceId()}/values/${encodeURIComponent(`map/${secret}2`)}`);
      await show(world.refresh());
      expect(leaks(world, shown)).toEqual([]);
      for (const name of ["map", "entry", "text"]) expect(world.state(name).outputs).toHaveProperty("count");
      await show(world.destroy());
      expect(leaks(world, shown)).toEqual([]);
    },
  },
  {
    name: "a key that is a secret is warned of, for the id has it in clear",
    async play(world) {
      const [namespace, a] = program({ value: "v" }) as [Declaration, Declaration];
      const { said } = await world.up(namespace, { ...a, args: { ...a.args, key: { $secret: "a" } } });
      expect(said).toContainEqual(expect.stringMatching(/^warning a: key is a secret, but the id of this resource/));
      await world.expectSettled();
    },
  },
  {
    name: "what tells something about a secret is a secret",
    async play(world) {
      const isSecret = (name: string, outputs: readonly string[]) =>
        outputs.map((output) =>
          JSON.stringify(world.state(name).outputs?.[output])?.includes("1b47061264138c4ac30d75fd1eb44270"),
        );
      const set = (args: object): Declaration => ({
        type: "KeyValueSet",
        name: "set",
        args: { namespaceId: { $ref: "ns.namespaceId" }, ...args },
      });
      const [namespace, a] = program({ value: "v", expirationTtl: { $secret: 600 } }) as [Declaration, Declaration];
      await world.up(namespace, a, set({ source: { $secret: { $text: '{"key":"b","value":"v"}' } } }));
      expect(isSecret("set", ["count", "bytes", "sourceHash"])).toEqual([true, true, true]);
      expect(isSecret("a", ["expiresAt"])).toEqual([true]);
      await world.up(namespace, a, set({ values: { b: "v" } }));
      await world.refresh();
      expect(isSecret("a", ["expiresAt"])).toEqual([true]);
    },
  },
  {
    name: "the search for secrets finds a planted one",
    async play(world) {
      await world.up(...program({ value: secret }));
      expect(leaks(world, [])).toContainEqual({ secret, place: "state", form: "raw" });
    },
  },
];

playAll(scenarios, bothWays);
