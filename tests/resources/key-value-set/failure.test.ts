import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { sha256 } from "../../../provider/pulumi/asset";
import type { Properties } from "../../../provider/pulumi/resource-provider";
import { entryHash, Manifest } from "../../../provider/resources/key-value-set/manifest/manifest";
import { asset } from "../../../tools/wire";
import { accountId, failureOf, type Resource } from "../world";
import { numbered, Sets, valuesOf } from "./sets";
import { Folder } from "./source/reading";

const sets = new Sets();
const folder = new Folder();
const requests = () => sets.world.requests();
const known = (set: Resource) => Manifest.decode(String(set.outs.manifest)).keys();
const last = "What succeeded is in the state: the next `pulumi up` does the rest";
const put = { operation: "bulk.put" };
const remove = { operation: "bulk.delete" };

/** The next run, of the same program: how many pairs it writes, and that the one after it has nothing to do. */
async function heal(set: Resource, args: Properties): Promise<string | undefined> {
  sets.world.heal();
  sets.nextRun();
  const healed = await sets.change(set, args);
  const [told] = sets.world.infos;
  sets.nextRun();
  expect([await sets.plan(healed, args), requests().filter((name) => name !== "keys.list")]).toEqual([{}, []]);
  return told?.split("\n")[0];
}

describe("keys that the API never takes", () => {
  test("are named, the others are in the state, and only they are sent again", async () => {
    sets.world.fail({ type: "unsuccessful", keys: ["b", "c"] }, { match: put });
    const args = { values: { a: "1", b: "2", c: "3" } };
    const { error, set } = await sets.failedCreate(args);
    expect(error.reasons).toEqual([
      '"b" was not written: the API did not update it, 6 times',
      '"c" was not written: the API did not update it, 6 times',
      last,
    ]);
    expect([set.id, set.outs]).toEqual([
      `${accountId}/${sets.namespaceId}/*`,
      expect.objectContaining({ ...args, count: 3, bytes: 3, writtenAt: expect.any(Number) }),
    ]);
    expect(set.outs).not.toHaveProperty("sha256");
    expect(await heal(set, args)).toBe("set: +0 ~2 -0 of 3 entries (1 request)");
    expect(sets.text("b")).toBe("2");
  });

  test("are named up to twenty, and counted", async () => {
    const keys = numbered(30);
    sets.world.fail({ type: "unsuccessful", keys }, { match: put });
    const { error } = await sets.failedCreate({ values: valuesOf(keys) });
    expect([error.reasons?.length, error.reasons?.[20]]).toEqual([22, "… and 10 more"]);
  });

  test("are known to the state, since they may have been stored", async () => {
    sets.world.fail({ type: "unsuccessful", keys: ["b"] }, { match: put });
    const { set } = await sets.failedCreate({ values: { a: "1", b: "2" } });
    expect(known(set)).toEqual(["a", "b"]);
  });
});

describe("one bad pair among good ones", () => {
  test("is named with the API's words, and all others are written", async () => {
    const keys = numbered(3000);
    sets.world.fail({ status: 400, code: 10033, message: "no such expiration" }, { match: { ...put, key: "k01234" } });
    const args = { values: valuesOf(keys) };
    const { error, set } = await sets.failedCreate(args);
    expect(error.reasons).toEqual(['"k01234" was not written: no such expiration (code 10033)', last]);
    expect(sets.keys()).toEqual(keys.filter((key) => key !== "k01234"));
    expect(known(set)).toEqual(sets.keys());
    expect(await heal(set, args)).toBe("set: +1 ~0 -0 of 3,000 entries (1 request)");
  });
});

describe("a refusal in the middle", () => {
  test("of writes keeps what was written, deletes nothing, and the next run does the rest", async () => {
    const before = { values: { ...valuesOf(numbered(1500)), old: "1" } };
    const args = { values: valuesOf(numbered(3000), "new") };
    const set = await sets.existing(before);
    sets.world.fail({ status: 403 }, { match: put, skip: 1 });
    const { error, set: failed } = await sets.failedChange(set, args);
    expect([error.reasons, sets.text("old")]).toEqual([
      [expect.stringMatching(/failed with status 403.*check the API token/), last],
      "1",
    ]);
    expect([sets.text("k00999"), sets.text("k01000")]).toEqual(["new", "v"]);
    expect(await heal(failed, args)).toBe("set: +1,500 ~500 -1 of 3,000 entries (3 requests)");
    expect(sets.keys()).toEqual(numbered(3000));
  });

  test("of deletes keeps what is left to be deleted", async () => {
    const set = await sets.existing({ values: valuesOf(numbered(2500)) });
    const args = { values: { a: "1" }, maxDeletes: 3000 };
    sets.world.fail({ status: 403 }, { match: remove, skip: 1 });
    const { set: failed } = await sets.failedChange(set, args);
    expect([known(failed).length, sets.keys().length]).toEqual([1501, 1501]);
    expect(await heal(failed, args)).toBe("set: +0 ~0 -1,500 of 1 entry (2 requests)");
    expect(sets.keys()).toEqual(["a"]);
  });

  test("of the last deletes leaves a state that knows that all is gone", async () => {
    const set = await sets.existing({ keyPrefix: "p/", values: { a: "1" } });
    await sets.foreign("p/x");
    sets.world.fail({ type: "unsuccessful", keys: ["p/x"] }, { match: remove });
    const args = { keyPrefix: "p/", values: {}, prune: "unlisted" };
    const { error, set: failed } = await sets.failedChange(set, args);
    expect([error.name, known(failed)]).toEqual(["InitFailedError", []]);
    expect(await heal(failed, { ...args, values: { a: "1" } })).toBe("set: +1 ~0 -1 of 1 entry (2 requests)");
    expect(sets.keys()).toEqual(["p/a"]);
  });

  test("of writes of which nobody knows writes them again, and can delete them", async () => {
    sets.world.fail({ status: 503, when: "after" }, { match: put });
    const { error, set } = await sets.failedCreate({ values: { a: "1" } });
    expect([error.reasons?.at(-1), known(set), sets.keys()]).toEqual([last, ["a"], ["a"]]);
    sets.world.heal();
    sets.nextRun();
    await sets.change(set, { values: { b: "1" } });
    expect(sets.keys()).toEqual(["b"]);
  });

  test("of deletes of which nobody knows deletes them again", async () => {
    const set = await sets.existing({ values: { a: "1", b: "2" } });
    sets.world.fail({ status: 503, when: "after" }, { match: remove });
    const { set: failed } = await sets.failedChange(set, { values: { a: "1" } });
    expect(known(failed)).toEqual(["a", "b"]);
    expect(await heal(failed, { values: { a: "1" } })).toBe("set: +0 ~0 -1 of 1 entry (1 request)");
  });

  test("of deletes of which nobody knows writes again what is declared again", async () => {
    const args = { values: { a: "1", b: "2" } };
    const set = await sets.existing(args);
    sets.world.fail({ status: 503, when: "after" }, { match: remove });
    const { set: failed } = await sets.failedChange(set, { values: { a: "1" } });
    expect(await heal(failed, args)).toBe("set: +0 ~1 -0 of 2 entries (1 request)");
    expect(sets.keys()).toEqual(["a", "b"]);
  });
});

describe("a cancel in the middle", () => {
  test("keeps what was written, and the next run sends the rest", async () => {
    const controller = new AbortController();
    const args = { values: valuesOf(numbered(3000)) };
    const inputs = await sets.checked(args);
    const call = sets.world.call("set", { signal: controller.signal }, "KeyValueSet");
    const log = { ...call.log, status: () => controller.abort(new Error("cancelled")) };
    const error = await failureOf(sets.world.provider("KeyValueSet").create(inputs, { ...call, log }));
    const set: Resource = {
      type: "KeyValueSet",
      name: "set",
      id: String(error.id),
      inputs,
      outs: error.properties ?? {},
    };
    expect([error.name, known(set)]).toEqual(["InitFailedError", sets.keys()]);
    const left = 3000 - sets.keys().length;
    expect(left).toBeGreaterThan(0);
    expect(await heal(set, args)).toMatch(
      new RegExp(`^set: \\+${left.toLocaleString("en-US")} ~0 -0 of 3,000 entries`),
    );
  });

  test("of a run says nothing in the next, though it goes on", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    const args = { values: { a: "2" } };
    const inputs = await sets.checked(args, set.inputs);
    const call = sets.world.call("set", {}, "KeyValueSet");
    const updating = sets.world.provider("KeyValueSet").update(set.id, set.outs, inputs, call);
    sets.world.endRun();
    const { outs } = await updating;
    await sets.world.delete({ ...set, outs });
    expect(sets.keys()).toEqual([]);
  });
});

describe("a process that is killed in the middle", () => {
  test("leaves a state that knows nothing of it, and the next run of the same program converges", async () => {
    const set = await sets.existing({ values: { a: "1", b: "2" } });
    const args = { values: { a: "new", c: "3" } };
    await sets.change(set, args);
    sets.nextRun();
    await sets.foreign("x");
    expect(await heal(set, args)).toBe("set: +1 ~1 -1 of 2 entries (2 requests)");
    expect([sets.keys(), sets.text("a")]).toEqual([["a", "c", "x"], "new"]);
  });
});

describe("a source that changes between check and create", () => {
  const lines = (count: number, value: string) =>
    numbered(count)
      .map((key) => `${JSON.stringify({ key, value })}\n`)
      .join("");

  async function checkedThenChanged(before: string, after: string): Promise<Properties> {
    const path = folder.write("seed.ndjson", before);
    const inputs = await sets.checked({ source: asset({ path, hash: sha256(before) }) });
    writeFileSync(path, after);
    return inputs;
  }

  const create = (inputs: Properties) =>
    failureOf(sets.world.provider("KeyValueSet").create(inputs, sets.world.call("set", {}, "KeyValueSet")));

  test("is not written", async () => {
    const error = await create(await checkedThenChanged(lines(3, "v"), lines(3, "w")));
    expect([error.name, error.message, sets.keys()]).toEqual([
      "InputError",
      expect.stringMatching(/has changed since this run began/),
      [],
    ]);
  });

  test.each(["changed", "unchanged"])("and %s, a refusal in the middle leaves a state that is true", async (how) => {
    const text = lines(3000, "v");
    const inputs = await checkedThenChanged(text, how === "changed" ? lines(3000, "w") : text);
    sets.world.fail({ status: 403 }, { match: put, skip: 1 });
    const error = await create(inputs);
    const manifest = Manifest.decode(String(error.properties?.manifest));
    expect(manifest.keys()).toEqual(sets.keys());
    const hashes = new Set([...manifest].map(([, { hash }]) => hash));
    expect([...hashes]).toEqual(how === "changed" ? [undefined] : [entryHash("v", undefined)]);
  });

  test.each([
    ["lost an entry", (text: string) => text.slice(0, text.lastIndexOf("{"))],
    ["got another time", (text: string) => text.replace('"value":"v"', '"value":"v","expiration_ttl":60')],
  ])("where it %s is not taken for what was planned", async (_, meddle) => {
    const error = await create(await checkedThenChanged(lines(3, "v"), meddle(lines(3, "v"))));
    expect(error.message).toMatch(/has changed since this run began/);
  });

  test("is written whole by the next run", async () => {
    const inputs = await checkedThenChanged(lines(3, "v"), lines(2, "v") + lines(3, "w").slice(lines(2, "w").length));
    const error = await create(inputs);
    const text = lines(3, "final");
    const args = { source: asset({ path: folder.write("seed.ndjson", text), hash: sha256(text) }) };
    const set: Resource = {
      type: "KeyValueSet",
      name: "set",
      id: String(error.id),
      inputs,
      outs: error.properties ?? {},
    };
    if (error.properties) await heal(set, args);
    else await sets.create(args);
    expect(sets.text("k00002")).toBe("final");
  });
});

describe("a state that a failure would make too large", () => {
  test("has all keys, but no hashes", async () => {
    const manifest = Manifest.empty();
    for (let index = 0; index < 80_000; index++) {
      const [hash, metadataHash] = [randomBytes(8).readBigUInt64LE(), 0];
      manifest.set(randomBytes(75).toString("base64url"), { hash, metadataHash, ttl: 0, expiresAt: 0 });
    }
    const set = await sets.existing({ values: {} });
    sets.world.fail({ status: 403 });
    const large = { ...set, outs: { ...set.outs, manifest: manifest.encode(), sha256: manifest.digest() } };
    const { set: failed } = await sets.failedChange(large, { values: { a: "1" }, maxDeletes: 80_000 });
    const text = String(failed.outs.manifest);
    expect(manifest.encode().length).toBeGreaterThan(8 * 1024 * 1024);
    expect(text.length).toBeLessThan(8 * 1024 * 1024);
    expect(Manifest.decode(text).keys()).toEqual(manifest.keys());
  });
});

describe("an error", () => {
  test("never has a value", async () => {
    const secret = "hunter2-hunter2";
    sets.world.fail({ status: 400, code: 10012, message: "malformed value" }, { match: put });
    const { error } = await sets.failedCreate({
      values: { a: secret },
      entries: [{ key: "b", value: secret, metadata: secret }],
    });
    expect(JSON.stringify([error.message, error.reasons, sets.world.infos, sets.world.statuses])).not.toContain(secret);
  });
});
