import type { Declaration } from "../../tools/stack/stack";
import { accountId } from "../../tools/stack/world";
import { playAll } from "./scenario";

function namespace(args: Record<string, unknown> = {}, options: Record<string, unknown> = {}): Declaration {
  return { type: "Namespace", name: "ns", args, options };
}

const key: Declaration = {
  type: "KeyValue",
  name: "a",
  args: { namespaceId: { $ref: "ns.namespaceId" }, key: "a", value: "one" },
};

playAll([
  {
    name: "title change renames in place",
    async play(world) {
      await world.up(namespace({ title: "old" }), key);
      const id = world.namespaceId();
      const { steps } = await world.up(namespace({ title: "new" }), key);
      expect([steps, world.writes()]).toEqual([["update ns"], ["PUT namespaces.rename"]]);
      expect([world.namespaceId("new"), world.text("a")]).toEqual([id, "one"]);
      await world.expectSettled();
    },
  },
  {
    name: "auto-name kept",
    async play(world) {
      await world.up(namespace());
      const title = world.emulator.namespaces()[0]?.title;
      expect(title).toMatch(/^ns-[0-9a-f]{7}$/);
      await world.expectSettled();
      expect((await world.refresh()).steps).toEqual([]);
      const { steps } = await world.up(namespace({ forceDestroy: true }));
      expect([steps, world.requests(), world.state("ns").outputs.title]).toEqual([["update ns"], 0, title]);
      await world.up(namespace({ title: "explicit" }));
      await world.up(namespace());
      expect(world.emulator.namespaces()).toEqual([expect.objectContaining({ title: expect.stringMatching(/^ns-/) })]);
      await world.expectSettled();
    },
  },
  {
    name: "adopt",
    async play(world) {
      await world.foreign("POST", "", '{"title":"theirs"}');
      const id = world.namespaceId("theirs");
      world.declare(namespace({ title: "theirs" }));
      const { ok, text } = await world.engine.up();
      expect([ok, text]).toEqual([
        false,
        expect.stringContaining(`${accountId}/${id}. To take it over set adopt: true`),
      ]);
      await world.up(namespace({ title: "theirs", adopt: true }), key);
      expect([world.namespaceId(), world.text("a")]).toEqual([id, "one"]);
      await world.expectSettled();
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "an adopted namespace survives its resource's new name",
    async play(world) {
      await world.up(namespace({ title: "data", adopt: true }), key);
      const renamed = { ...namespace({ title: "data", adopt: true }), name: "renamed" };
      const { text } = await world.up(renamed, { ...key, args: { ...key.args, namespaceId: { $ref: "renamed.id" } } });
      expect([text, world.text("a")]).toEqual([expect.stringContaining("kept: now declared by renamed"), "one"]);
      await world.expectSettled();
    },
  },
  {
    name: "a create that was answered with an error but happened",
    async play(world) {
      world.emulator.setFaults([
        { match: { operation: "namespaces.create" }, action: { type: "drop", when: "after" } },
      ]);
      await world.up(namespace({ title: "data" }));
      expect([world.emulator.namespaces().length, world.state("ns").outputs.title]).toEqual([1, "data"]);
      await world.expectSettled();
    },
  },
  {
    name: "destroy of a namespace with foreign keys",
    async play(world) {
      await world.up(namespace({ title: "data" }), key);
      await world.foreign("PUT", `${world.namespaceId()}/values/theirs`, "precious");
      for (const _attempt of ["first", "repeated"]) {
        const { ok, text } = await world.engine.destroy();
        expect([ok, text]).toEqual([false, expect.stringContaining('such as "theirs"')]);
        expect(world.emulator.keys(world.namespaceId())).toEqual(["theirs"]);
      }
      await world.up(namespace({ title: "data", forceDestroy: true }));
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "destroy with CLOUDFLARE_KV_FORCE_DESTROY",
    async play(world) {
      await world.up(namespace({ title: "data" }));
      await world.foreign("PUT", `${world.namespaceId()}/values/theirs`, "precious");
      world.env.CLOUDFLARE_KV_FORCE_DESTROY = "true";
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "destroy with deletedWith",
    async play(world) {
      const options = { deletedWith: { $resource: "ns" } };
      await world.up(namespace({ title: "data" }), { ...key, options });
      const refused = await world.engine.destroy();
      expect([refused.ok, refused.text]).toEqual([false, expect.stringContaining("CLOUDFLARE_KV_FORCE_DESTROY=true")]);
      await world.up(namespace({ title: "data", forceDestroy: true }), { ...key, options });
      await world.destroy();
      expect([world.writes(), world.emulator.namespaces()]).toEqual([["DELETE namespaces.delete"], []]);
    },
  },
  {
    name: "jurisdiction change replaces",
    async play(world) {
      await world.up(namespace({ title: "data", jurisdiction: "eu" }), key);
      const before = world.namespaceId();
      world.declare(namespace({ title: "data", jurisdiction: "us" }), key);
      expect(await world.engine.preview()).toMatchObject({ ok: true });
      await world.up();
      expect([world.namespaceId("data") === before, world.text("a")]).toEqual([false, "one"]);
      expect(world.emulator.namespaces()).toHaveLength(1);
      await world.expectSettled();
    },
  },
  {
    name: "a namespace that still holds declared keys is not deleted",
    async play(world) {
      await world.up(namespace({ title: "data", forceDestroy: true }), key);
      world.declare({ ...key, args: { ...key.args, namespaceId: world.namespaceId() } });
      const { ok, text } = await world.engine.up();
      expect([ok, text]).toEqual([false, expect.stringContaining('declares, such as that of "a"')]);
      expect(world.text("a")).toBe("one");
    },
  },
]);
