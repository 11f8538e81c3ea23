import type { Declaration } from "../../tools/stack/stack";
import { expiration, key, metadata, namespace } from "./key";
import { playAll, type Scenario } from "./scenario";

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

const scenarios: readonly Scenario[] = [
  {
    name: "create",
    async play(world) {
      const { steps } = await world.up(namespace, key({ value: "one", metadata: { owner: "x" }, expirationTtl: 3600 }));
      expect(steps).toEqual(["create a", "create ns"]);
      expect(world.writes()).toEqual(["POST namespaces.create", "PUT a"]);
      expect([world.text("a"), metadata(world)]).toEqual(["one", { owner: "x" }]);
      expect(world.state("a").outputs).toMatchObject({ key: "a", value: "one", expiresAt: expect.any(Number) });
      await world.expectSettled();
    },
  },
  {
    name: "no-op",
    async play(world) {
      await world.up(namespace, key({ value: "one" }));
      const { steps } = await world.up();
      expect([steps, world.requests()]).toEqual([[], 0]);
    },
  },
  {
    name: "value change",
    async play(world) {
      await world.up(namespace, key({ value: "one", metadata: { owner: "x" } }));
      const { steps, diffs } = await world.up(namespace, key({ value: "two", metadata: { owner: "x" } }));
      expect([steps, diffs.a]).toEqual([["update a"], ["value"]]);
      expect([world.requests(), world.text("a"), metadata(world)]).toEqual([1, "two", { owner: "x" }]);
      await world.expectSettled();
    },
  },
  {
    name: "metadata added, changed, removed",
    async play(world) {
      await world.up(namespace, key({ value: "one" }));
      for (const value of [{ owner: "x" }, { owner: "y", tags: [1, null] }, undefined]) {
        const { steps, diffs } = await world.up(namespace, key({ value: "one", metadata: value }));
        expect([steps, diffs.a, world.requests()]).toEqual([["update a"], ["metadata"], 1]);
        expect(metadata(world)).toEqual(value ?? null);
        await world.expectSettled();
      }
    },
  },
  {
    name: "TTL change is a replacement in one PUT",
    async play(world) {
      await world.up(namespace, key({ value: "one", expirationTtl: 3600 }));
      const before = expiration(world) ?? 0;
      const { steps } = await world.up(namespace, key({ value: "one", expirationTtl: 7200 }));
      expect(steps).toEqual(["create-replacement a", "delete-replaced a", "replace a"]);
      expect(world.writes()).toEqual(["PUT a"]);
      expect(expiration(world)).toBeGreaterThanOrEqual(before + 3600);
      await world.expectSettled();
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "expiration removed",
    async play(world) {
      await world.up(namespace, key({ value: "one", expiration: inAnHour() }));
      const { diffs } = await world.up(namespace, key({ value: "one" }));
      expect([diffs.a, world.writes(), expiration(world)]).toEqual([["expiration"], ["PUT a"], undefined]);
      await world.expectSettled();
    },
  },
  {
    name: "TTL change with a create that fails keeps the key, and heals",
    async play(world) {
      await world.up(namespace, key({ value: "one", expirationTtl: 3600 }));
      world.emulator.setFaults([
        { match: { operation: "values.put" }, times: null, action: { status: 503, retryAfter: 0 } },
      ]);
      world.declare(namespace, key({ value: "one", expirationTtl: 7200 }));
      const { ok, text } = await world.engine.up();
      expect([ok, text]).toEqual([false, expect.stringContaining("status 503")]);
      expect([world.text("a"), world.emulator.log.filter(({ method }) => method === "DELETE")]).toEqual(["one", []]);
      world.emulator.setFaults([]);
      await world.up();
      expect([world.text("a"), world.writes()]).toEqual(["one", ["PUT a"]]);
      await world.expectSettled();
    },
  },
  {
    name: "a create that fails is healed by the next up",
    async play(world) {
      world.emulator.setFaults([
        { match: { operation: "values.put" }, times: null, action: { status: 503, when: "after", retryAfter: 0 } },
      ]);
      world.declare(namespace, key({ value: "one" }));
      const { ok, text } = await world.engine.up();
      expect([ok, text]).toEqual([false, expect.stringContaining("the next `pulumi up` writes it again")]);
      world.emulator.setFaults([]);
      await world.up();
      expect(world.text("a")).toBe("one");
      await world.expectSettled();
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "key change",
    async play(world) {
      await world.up(namespace, key({ value: "one" }));
      await world.up(namespace, key({ value: "one", key: "b" }));
      expect(world.writes()).toEqual(["PUT b", "DELETE a"]);
      expect(world.emulator.keys(world.namespaceId())).toEqual(["b"]);
      await world.expectSettled();
    },
  },
  {
    name: "namespace change",
    async play(world) {
      const other: Declaration = { type: "Namespace", name: "other", args: { title: "other" } };
      await world.up(namespace, other, key({ value: "one" }));
      await world.up(namespace, other, key({ value: "one", namespaceId: { $ref: "other.id" } }));
      expect(world.writes()).toEqual(["PUT a", "DELETE a"]);
      expect([world.text("a", world.namespaceId("data")), world.text("a", world.namespaceId("other"))]).toEqual([
        undefined,
        "one",
      ]);
      await world.expectSettled();
    },
  },
  {
    name: "unknown inputs at preview",
    async play(world) {
      world.declare(namespace, key({ value: { $ref: "ns.namespaceId" }, metadata: { id: { $ref: "ns.id" } } }));
      const preview = await world.engine.preview();
      expect([preview.ok, preview.steps]).toEqual([true, ["create a", "create ns"]]);
      // The plugin asks whether the title is free.
      expect(world.requests()).toBeLessThanOrEqual(1);
      await world.up();
      expect(world.text("a")).toBe(world.namespaceId());
      await world.expectSettled();
    },
  },
  {
    name: "two resources with the same key",
    async play(world) {
      const twin: Declaration = { ...key({ value: "one" }), name: "b" };
      const { text } = await world.up(namespace, key({ value: "one" }), twin);
      expect(text).toMatch(/declared twice, by "[ab]" and "[ab]"/);
      await world.up(namespace, twin);
      expect(world.writes()).toEqual([]);
      expect(world.text("a")).toBe("one");
      await world.expectSettled();
    },
  },
  {
    name: "a key moved from one resource to another",
    async play(world) {
      await world.up(namespace, key({ value: "one" }));
      const { text } = await world.up(namespace, { ...key({ value: "one" }), name: "renamed" });
      expect([world.writes(), text]).toEqual([["PUT a"], expect.stringContaining("kept: now declared by renamed")]);
      expect(world.text("a")).toBe("one");
      await world.expectSettled();
    },
  },
  {
    name: "delete-before-replace with a create that fails keeps the key, and heals",
    async play(world) {
      const options = { deleteBeforeReplace: true };
      await world.up(namespace, key({ value: "one", expirationTtl: 3600 }, options));
      world.emulator.setFaults([
        { match: { operation: "values.put" }, times: null, action: { status: 503, retryAfter: 0 } },
      ]);
      world.declare(namespace, key({ value: "one", expirationTtl: 7200 }, options));
      const { ok, text } = await world.engine.up();
      expect([ok, text]).toEqual([false, expect.stringContaining("the key still has its old value and expiration")]);
      expect(world.text("a")).toBe("one");
      world.emulator.setFaults([]);
      await world.up();
      expect(world.text("a")).toBe("one");
      await world.expectSettled();
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
];

playAll(scenarios);
