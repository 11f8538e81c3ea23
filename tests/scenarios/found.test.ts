import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expiration, key, metadata, namespace } from "./key";
import { playAll } from "./scenario";

/** What is found in the store, and what the bytes there are. */
playAll([
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
      const now = Math.floor(Date.now() / 1000);
      await world.up(namespace, key({ value: "one", expiration: now + 3600 }));
      expect(world.text("a")).toBe("one");
      world.emulator.setClock({ offsetMs: 3_700_000 });
      // Less than a minute ahead nothing can be written any more: an hour later, as far as the state tells.
      const declared = key({ value: "one", expiration: now + 30 });
      world.engine.editState(String(now + 3600), String(now + 30));
      world.declare(namespace, declared);
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
]);
