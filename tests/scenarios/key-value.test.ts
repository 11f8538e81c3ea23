import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { playAll } from "./scenario";
import type { Declaration, World } from "./world";

const namespace: Declaration = { type: "Namespace", name: "ns", args: { title: "data" } };

function key(args: Record<string, unknown>, options: Record<string, unknown> = {}): Declaration {
  return { type: "KeyValue", name: "a", args: { namespaceId: { $ref: "ns.namespaceId" }, key: "a", ...args }, options };
}

function metadata(world: World): unknown {
  return world.emulator.entry(world.namespaceId(), "a")?.metadata;
}

function expiration(world: World): number | undefined {
  return world.emulator.entry(world.namespaceId(), "a")?.expiration;
}

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

playAll([
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
    name: "delete of what is already gone",
    async play(world) {
      await world.up(namespace, key({ value: "one" }));
      await world.foreign("DELETE", `${world.namespaceId()}/values/a`);
      await world.up(namespace);
      await world.expectSettled();
      await world.up(namespace, key({ value: "one" }));
      await world.foreign("DELETE", world.namespaceId());
      await world.destroy();
      expect(world.engine.resources().filter(({ id }) => id)).toEqual([]);
    },
  },
  {
    name: "refresh after an out-of-band change",
    async play(world) {
      const declared = key({ value: "one", metadata: { owner: "x" } });
      await world.up(namespace, declared);
      await world.foreign("PUT", `${world.namespaceId()}/values/a?expiration_ttl=3600`, "drifted");
      const { steps } = await world.refresh();
      expect([steps, world.requests()]).toEqual([["update a"], 3]);
      expect(world.state("a").outputs.value).toBe("drifted");
      await world.up();
      expect([world.text("a"), metadata(world), expiration(world)]).toEqual(["one", { owner: "x" }, undefined]);
      await world.expectSettled();
    },
  },
  {
    name: "refresh after an out-of-band change of a file's key",
    async play(world) {
      writeFileSync(join(world.dir, "a.txt"), "from the file");
      await world.up(namespace, key({ source: { $file: "a.txt" } }));
      await world.foreign("PUT", `${world.namespaceId()}/values/a`, "drifted");
      await world.refresh();
      const { steps } = await world.up();
      expect([steps, world.text("a")]).toEqual([["update a"], "from the file"]);
      await world.expectSettled();
    },
  },
  {
    name: "refresh after an out-of-band delete",
    async play(world) {
      await world.up(namespace, key({ value: "one" }));
      await world.foreign("DELETE", `${world.namespaceId()}/values/a`);
      const { steps } = await world.refresh();
      expect(steps).toEqual(["delete a"]);
      expect((await world.up()).steps).toEqual(["create a"]);
      await world.expectSettled();
    },
  },
  {
    name: "refresh right after up with stale and negative-cached reads",
    settings: { env: { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "90" } },
    async play(world) {
      await world.up(namespace, key({ value: "one" }));
      await world.up(namespace, key({ value: "two" }));
      world.emulator.setFaults([{ match: { operation: "values.get" }, times: 2, action: { type: "stale" } }]);
      expect((await world.refresh()).steps).toEqual([]);
      world.emulator.setFaults([{ match: { key: "a" }, times: null, action: { type: "negative" } }]);
      const { steps, text } = await world.refresh();
      expect([steps, text]).toEqual([[], expect.stringContaining("the store does not show yet")]);
      world.emulator.setFaults([]);
      await world.expectSettled();
    },
  },
  {
    name: "expired as declared, absolute",
    async play(world) {
      const declared = key({ value: "one", expiration: Math.floor(Date.now() / 1000) + 63 });
      await world.up(namespace, declared);
      expect(world.text("a")).toBe("one");
      world.emulator.setClock({ offsetMs: 120_000 });
      await new Promise((resolve) => setTimeout(resolve, 4000));
      expect((await world.refresh()).steps).toEqual([]);
      expect([(await world.up()).steps, world.writes()]).toEqual([[], []]);
      const { steps } = await world.up(namespace, key({ ...declared.args, value: "two" }));
      expect([steps, world.writes()]).toEqual([["update a"], []]);
      await world.expectSettled();
    },
  },
  {
    name: "expired before it was first declared",
    async play(world) {
      const { text } = await world.up(namespace, key({ value: "one", expiration: 1_600_000_000 }));
      expect([text, world.text("a")]).toEqual([expect.stringContaining("expired as declared"), undefined]);
      await world.expectSettled();
      world.declare(namespace, key({ value: "one", expiration: 1_600_000_001 }));
      const changed = await world.engine.preview();
      expect([changed.ok, changed.text]).toEqual([false, expect.stringContaining("must be at least 60 seconds ahead")]);
    },
  },
  {
    name: "a key whose TTL ran out is written anew after a refresh",
    async play(world) {
      await world.up(namespace, key({ value: "one", expirationTtl: 60 }));
      world.emulator.setClock({ offsetMs: 61_000 });
      await world.expectSettled();
      expect((await world.refresh()).steps).toEqual(["delete a"]);
      expect((await world.up()).steps).toEqual(["create a"]);
      expect(world.text("a")).toBe("one");
    },
  },
  {
    name: "unknown inputs at preview",
    async play(world) {
      world.declare(namespace, key({ value: { $ref: "ns.namespaceId" }, metadata: { id: { $ref: "ns.id" } } }));
      const preview = await world.engine.preview();
      expect([preview.ok, preview.steps, world.requests()]).toEqual([true, ["create a", "create ns"], 0]);
      await world.up();
      expect(world.text("a")).toBe(world.namespaceId());
      await world.expectSettled();
    },
  },
  {
    name: "binary value",
    async play(world) {
      const bytes = Buffer.from([0, 255, 254, 13, 10, 239, 187, 191]);
      writeFileSync(join(world.dir, "a.bin"), bytes);
      await world.up(namespace, key({ source: { $file: "a.bin" } }));
      expect(world.emulator.entry(world.namespaceId(), "a")?.value).toEqual(bytes);
      const { steps } = await world.up(namespace, key({ valueBase64: bytes.toString("base64") }));
      expect([steps, world.requests()]).toEqual([["update a"], 0]);
      expect((await world.refresh()).steps).toEqual([]);
      await world.expectSettled();
    },
  },
  {
    name: "25 MiB value",
    async play(world) {
      const bytes = Buffer.alloc(25 * 1024 * 1024, "x");
      writeFileSync(join(world.dir, "a.bin"), bytes);
      await world.up(namespace, key({ source: { $file: "a.bin" }, metadata: { big: true } }));
      expect(world.emulator.entry(world.namespaceId(), "a")?.value.equals(bytes)).toBe(true);
      expect((await world.refresh()).steps).toEqual([]);
      writeFileSync(join(world.dir, "a.bin"), Buffer.alloc(bytes.length + 1, "x"));
      const { ok, text } = await world.engine.preview();
      expect([ok, text]).toEqual([
        false,
        expect.stringContaining("is 26214401 bytes long, at most 26214400 are allowed"),
      ]);
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
]);
