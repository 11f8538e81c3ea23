import type { Declaration } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";
import { playAll, type Scenario } from "./scenario";

function ns(args: object = {}, name = "ns"): Declaration {
  return { type: "Namespace", name, args: { ...args } };
}

/** `pulumi config set --path pulumi:autonaming.<path> <value>` */
async function autonaming(world: World, settings: Readonly<Record<string, string>>): Promise<void> {
  await world.engine.run("config", "rm", "pulumi:autonaming").catch(() => {});
  for (const [path, value] of Object.entries(settings)) {
    await world.engine.run("config", "set", "--path", `pulumi:autonaming.${path}`, value);
  }
}

function titles(world: World): string[] {
  return world.emulator
    .namespaces()
    .map(({ title }) => title)
    .sort();
}

const scenarios: Scenario[] = [
  {
    name: "autonaming: each mode names what is new, and renames nothing",
    async play(world) {
      await autonaming(world, { mode: "default" });
      await world.up(ns({}, "one"));
      const [one = ""] = titles(world);
      expect(one).toMatch(/^one-[0-9a-f]{7}$/);
      await autonaming(world, { mode: "verbatim" });
      await world.up(ns({}, "one"), ns({}, "two"));
      await autonaming(world, { pattern: `\${project}-\${stack}-\${name}-\${hex(4)}` });
      await world.up(ns({}, "one"), ns({}, "two"), ns({}, "three"));
      const three = titles(world).find((title) => /^project-dev-three-[0-9a-f]{4}$/.test(title)) ?? "";
      expect(titles(world)).toEqual([one, three, "two"].sort());
      await world.expectSettled();
      await autonaming(world, { mode: "disabled" });
      await world.expectSettled();
      expect((await world.refresh()).steps).toEqual([]);
      await world.expectSettled();
    },
  },
  {
    name: "autonaming: disabled",
    async play(world) {
      await autonaming(world, { mode: "disabled" });
      world.declare(ns());
      const { ok, text } = await world.engine.preview();
      expect([ok, text]).toEqual([false, expect.stringContaining("is required because pulumi:autonaming is disabled")]);
      await world.up(ns({ title: "explicit" }));
      expect(titles(world)).toEqual(["explicit"]);
      // Without its title it would have to be named anew, which is forbidden: it keeps what it has.
      world.declare(ns());
      expect((await world.engine.preview()).ok).toBe(false);
      expect(titles(world)).toEqual(["explicit"]);
    },
  },
  {
    name: "autonaming: an explicit title that is removed",
    async play(world) {
      await autonaming(world, { mode: "verbatim" });
      await world.up(ns({ title: "explicit" }));
      const { steps } = await world.up(ns());
      expect([steps, titles(world), world.writes()]).toEqual([["update ns"], ["ns"], ["PUT namespaces.rename"]]);
      await world.expectSettled();
      await autonaming(world, { mode: "default" });
      await world.up(ns({ title: "explicit" }));
      await world.up(ns());
      expect(titles(world)).toEqual([expect.stringMatching(/^ns-[0-9a-f]{7}$/)]);
      await world.expectSettled();
    },
  },
  {
    name: "autonaming: a pattern that is too long is cut, and refused where it is enforced",
    async play(world) {
      const pattern = `${"x".repeat(600)}-\${name}`;
      await autonaming(world, { pattern });
      await world.up(ns());
      expect(titles(world)).toEqual([expect.stringMatching(/^x{504}-[0-9a-f]{7}$/)]);
      await world.expectSettled();
      await autonaming(world, { pattern, enforce: "true" });
      await world.expectSettled();
      world.declare(ns(), ns({}, "other"));
      const { ok, text } = await world.engine.preview();
      expect([ok, text]).toEqual([
        false,
        expect.stringContaining("by pulumi:autonaming is 606 characters long, at most 512 are allowed"),
      ]);
    },
  },
  {
    name: "autonaming: an enforced pattern, of the provider and of the resource",
    async play(world) {
      await autonaming(world, {
        mode: "disabled",
        "providers.cloudflare-kv.pattern": `p-\${name}`,
        "providers.cloudflare-kv.enforce": "true",
      });
      await world.up(ns());
      expect(titles(world)).toEqual(["p-ns"]);
      await autonaming(world, {
        mode: "disabled",
        'providers.cloudflare-kv.resources["cloudflare-kv:index:Namespace"].pattern': `r-\${name}`,
      });
      await world.up(ns(), ns({}, "other"));
      expect(titles(world)).toEqual(["p-ns", "r-other"]);
      await world.expectSettled();
      await world.destroy();
      expect(titles(world)).toEqual([]);
    },
  },
  {
    // Without a random part the engine deletes first: the same title cannot be there twice.
    name: "autonaming: a replacement under a name without a random part",
    async play(world) {
      await autonaming(world, { mode: "verbatim" });
      await world.up(ns({ jurisdiction: "eu" }));
      const { ok, steps } = await world.up(ns({ jurisdiction: "us" }));
      expect([ok, steps.includes("replace ns"), titles(world)]).toEqual([true, true, ["ns"]]);
      await world.expectSettled();
    },
  },
  {
    name: "autonaming: the plan's random title is the one that is made",
    settings: { env: { PULUMI_EXPERIMENTAL: "true" } },
    async play(world) {
      await autonaming(world, { pattern: `\${name}-\${alphanum(9)}` });
      world.declare(ns());
      const { printed } = await world.engine.preview(["--diff", "--save-plan", "plan.json"]);
      const { ok, text } = await world.engine.up(["--plan", "plan.json"]);
      expect([ok, text]).toEqual([true, expect.anything()]);
      expect(printed).toContain(`"${titles(world)[0]}"`);
      await world.expectSettled();
    },
  },
];

const plugin = scenarios.map((scenario): Scenario => ({ ...scenario, engine: "real", door: "plugin" }));

playAll(plugin, { transcribed: "autonaming" });
