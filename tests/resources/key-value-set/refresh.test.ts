import { sha256 } from "../../../provider/pulumi/asset";
import type { Properties } from "../../../provider/pulumi/resource-provider";
import { SecretInputs } from "../../../provider/pulumi/secret-inputs";
import { asset } from "../../../tools/wire";
import { failureOf, type Resource } from "../world";
import { numbered, Sets, valuesOf } from "./sets";

const sets = new Sets();
const infos = () => sets.world.infos;
const requests = () => sets.world.requests();

/** One that was written long ago. */
async function old(args: Properties): Promise<Resource> {
  const set = await sets.existing(args);
  sets.world.clock.advance(100);
  return set;
}

async function refreshed(set: Resource): Promise<Resource> {
  const found = await sets.world.refresh(set);
  if (!found) throw new Error("it is gone");
  return found;
}

const read = (set: Resource) =>
  sets.world.provider("KeyValueSet").read(set.id, set.outs, sets.world.call("set", {}, "KeyValueSet"));

describe("a refresh that finds all as it was written", () => {
  test.each([
    ["values", ["bulk.get"]],
    ["keys", ["keys.list"]],
    ["none", []],
    [undefined, ["bulk.get"]],
  ])("by %s changes nothing", async (driftDetection, expected) => {
    const args = {
      values: { a: "1" },
      entries: [{ key: "b", value: "2", metadata: { x: 1 }, expirationTtl: 3600 }],
      ...(driftDetection ? { driftDetection } : {}),
    };
    const set = await old(args);
    const found = await read(set);
    expect([found, requests(), infos()]).toEqual([{ id: set.id, props: set.outs, inputs: set.inputs }, expected, []]);
    expect(await sets.plan({ ...set, outs: found.props ?? {} }, args)).toEqual({});
  });

  test("reads what is not text one by one", async () => {
    const set = await old({
      entries: [
        { key: "a", valueBase64: "/w==" },
        { key: "b", value: "2" },
      ],
    });
    expect((await refreshed(set)).outs).toEqual(set.outs);
  });

  test("compares the values of up to ten thousand entries, and says what more would cost", async () => {
    const set = await old({ values: valuesOf(numbered(10_001)) });
    const found = await refreshed(set);
    expect([requests().length, infos(), found.outs]).toEqual([
      11,
      [
        "presence, metadata and expiration of 10,001 keys are compared; comparing their values too would take " +
          '101 requests (driftDetection: "values")',
      ],
      set.outs,
    ]);
  });
});

describe("a refresh that finds a difference", () => {
  const args = {
    values: { a: "1", b: "2" },
    entries: [
      { key: "c", value: "3", metadata: 1, expirationTtl: 3600 },
      { key: "d", value: "4" },
    ],
  };

  async function drifted(change: () => Promise<unknown>, more: Properties = {}) {
    const set = await old({ ...args, ...more });
    await change();
    const found = await refreshed(set);
    const told = [...infos()];
    sets.nextRun();
    const plan = await sets.plan(found, { ...args, ...more });
    const planned = infos()[0]?.split("\n").slice(1);
    const healed = await sets.changed(found, { ...args, ...more });
    expect(await sets.plan(healed, { ...args, ...more })).toEqual({});
    return { found, told, plan, planned };
  }

  test("of a value shows it, and the next run writes it again", async () => {
    const { found, told, plan, planned } = await drifted(() => sets.put("a", "other"));
    expect([found.inputs.values, told, plan, planned]).toEqual([
      { a: "other", b: "2" },
      ['found 0 keys missing and 1 changed, of 4\n  ~ "a"'],
      { "values.a": "update" },
      ['  ~ "a"'],
    ]);
  });

  test("of a value that is not text any more", async () => {
    const { plan, planned } = await drifted(() => sets.put("a", Buffer.from([0xff])));
    expect([plan, planned]).toEqual([{ manifest: "update found" }, ['  ~ "a"']]);
  });

  test("of an entry's value, metadata and expiration together", async () => {
    const { found, plan } = await drifted(() => sets.put("c", Buffer.from([0xff])));
    expect([(found.inputs.entries as Properties[])[0], plan]).toEqual([
      { key: "c", valueBase64: "/w==" },
      {
        "entries[0].valueBase64": "delete",
        "entries[0].value": "add",
        "entries[0].metadata": "add",
        "entries[0].expirationTtl": "add",
      },
    ]);
  });

  test("of an expiration that nobody declared", async () => {
    const expiration = sets.world.clock.seconds + 5000;
    const { found, planned } = await drifted(() => sets.put("d", "4", `?expiration=${expiration}`));
    expect([(found.inputs.entries as Properties[])[1], planned]).toEqual([
      { key: "d", value: "4", expiration },
      ['  ~ "d"'],
    ]);
  });

  test("takes another end of a time to live as it finds it", async () => {
    const set = await old({ values: { a: "1" }, expirationTtl: 3600 });
    await sets.put("a", "1", "?expiration_ttl=9000");
    const found = await refreshed(set);
    expect([infos(), await sets.plan(found, { values: { a: "1" }, expirationTtl: 3600 })]).toEqual([[], {}]);
  });

  test("of a missing key leaves it out", async () => {
    const { found, told, plan, planned } = await drifted(async () => {
      await sets.remove("b");
      await sets.remove("c");
    });
    expect([found.inputs.values, found.inputs.entries, told, plan, planned]).toEqual([
      { a: "1" },
      [{ key: "d", value: "4" }],
      ['found 2 keys missing and 0 changed, of 4\n  - "b"\n  - "c"'],
      {
        "entries[0].key": "update",
        "entries[0].value": "update",
        "entries[0].metadata": "add",
        "entries[0].expirationTtl": "add",
        "entries[1]": "add",
        "values.b": "add",
      },
      ['  + "b"', '  + "c"'],
    ]);
  });

  test.each([
    ["nothing where nothing was", [], []],
    ["the values where one was", ["entries.*.value"], [["entries", 0, "value"]]],
    ["the values where metadata were", ["entries.*.metadata.*"], [["entries", 0, "value"]]],
    ["all where a key was", ["entries.*.key"], [["entries"]]],
    ["all where nobody tells", undefined, [["entries"]]],
  ])("of entries that have moved up says that secret is %s", async (_, paths, secrets) => {
    const set = await old(args);
    await sets.remove("c");
    const call = sets.world.call("set", paths ? { secrets: new SecretInputs(paths) } : {}, "KeyValueSet");
    expect(await sets.world.provider("KeyValueSet").read(set.id, set.outs, call)).toMatchObject({ secrets });
  });

  test("takes the metadata that it finds for secret where values are", async () => {
    const set = await old(args);
    await sets.keyValue("other", "c", { metadata: { owner: "o" } });
    const call = sets.world.call("set", { secrets: new SecretInputs(["entries.*.value"]) }, "KeyValueSet");
    const { secrets } = await sets.world.provider("KeyValueSet").read(set.id, set.outs, call);
    expect(secrets).toContainEqual(["entries", 0, "metadata", "owner"]);
  });

  test("by keys finds what is missing, and metadata, and expirations, but no value", async () => {
    const { planned } = await drifted(
      async () => {
        await sets.put("a", "other");
        await sets.remove("b");
        await sets.put("c", "3");
      },
      { driftDetection: "keys" },
    );
    expect(planned).toEqual(['  ~ "c"', '  + "b"']);
  });

  test("by none finds nothing", async () => {
    const set = await old({ ...args, driftDetection: "none" });
    await sets.remove("a");
    expect((await refreshed(set)).outs).toEqual(set.outs);
  });

  test("of a source keeps the inputs, and writes again from it", async () => {
    const text = '{"key":"a","value":"1"}\n{"key":"b","value":"2"}';
    const source = asset({ text, hash: sha256(text) });
    const set = await old({ source });
    await sets.remove("a");
    await sets.put("b", "other");
    const found = await refreshed(set);
    expect(found.inputs).toEqual(set.inputs);
    sets.nextRun();
    expect(await sets.plan(found, { source })).toEqual({ source: "update found" });
    await sets.change(found, { source });
    expect([sets.text("a"), sets.text("b")]).toEqual(["1", "2"]);
  });

  test("by the defaults of the set shows what differs only", async () => {
    const inputs = { entries: [{ key: "a", value: "1" }], metadata: { of: "set" }, expirationTtl: 3600 };
    const set = await old(inputs);
    await sets.put("a", "other", "?expiration_ttl=3600");
    const found = await refreshed(set);
    expect(found.inputs.entries).toEqual([{ key: "a", value: "other" }]);
  });

  test("is shown by a diff of the refresh itself", async () => {
    const set = await old(args);
    await sets.remove("a");
    const { props = {} } = await read(set);
    const { changes } = await sets.world
      .provider("KeyValueSet")
      .diff(set.id, props, set.inputs, sets.world.call("set", {}, "KeyValueSet"));
    expect(changes).toBe(true);
  });

  test("where nothing was declared inline is shown by a diff of the refresh, too", async () => {
    const text = '{"key":"a","value":"1"}';
    const set = await old({ source: asset({ text, hash: sha256(text) }) });
    await sets.remove("a");
    const { props = {} } = await read(set);
    const { detailed } = await sets.world
      .provider("KeyValueSet")
      .diff(set.id, props, set.inputs, sets.world.call("set", {}, "KeyValueSet"));
    expect([...detailed]).toEqual([["source", { kind: "update", replace: false, inputDiff: false }]]);
  });

  test("does not lose what it found missing when the set goes", async () => {
    const set = await old(args);
    await sets.remove("a");
    const found = await refreshed(set);
    await sets.world.destroy(found);
    expect(sets.keys()).toEqual([]);
  });
});

describe("a refresh soon after a write", () => {
  test("looks again until the store shows it", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    sets.world.fail({ type: "negative" }, { times: 2 });
    expect([(await refreshed(set)).outs, sets.world.warnings]).toEqual([set.outs, []]);
  });

  test("believes the state after a while, and says so", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    sets.world.fail({ type: "negative" });
    expect([(await refreshed(set)).outs, sets.world.warnings]).toEqual([
      set.outs,
      [expect.stringMatching(/does not show yet/)],
    ]);
  });

  test("believes the store after 90 seconds", async () => {
    const set = await old({ values: { a: "1", b: "2" } });
    await sets.remove("a");
    expect((await refreshed(set)).inputs.values).toEqual({ b: "2" });
  });
});

describe("a refresh in a namespace", () => {
  test("that is gone finds nothing", async () => {
    const set = await old({ values: { a: "1" } });
    await sets.removeNamespace();
    expect(await sets.world.refresh(set)).toBeUndefined();
  });

  test.each([403, 500])("that cannot be read (%d) fails, and loses nothing", async (status) => {
    const set = await old({ values: { a: "1" } });
    sets.world.fail({ status });
    expect((await failureOf(sets.world.refresh(set))).message).toMatch(String(status));
  });

  test("that is crowded asks for the keys by name", async () => {
    const crowd = await sets.existing({ values: valuesOf(numbered(13_000, "c")) }, "crowd");
    const set = await old({ values: { a: "1", z: "2" }, driftDetection: "keys" });
    const found = await refreshed(set);
    expect([found.outs, requests()]).toEqual([set.outs, [...Array(11).fill("keys.list"), "bulk.get"]]);
    await sets.world.destroy(crowd);
  });

  test("with unlisted keys tells what the next run deletes, and nothing of it in a destroy", async () => {
    const set = await old({ keyPrefix: "p/", prune: "unlisted", values: { a: "1" } });
    await sets.foreign("p/x", "q");
    const key = await sets.keyValue("kv", "p/kv");
    sets.nextRun();
    await sets.world.refresh(key);
    const found = await refreshed(set);
    expect(infos()).toEqual([
      'found 1 unlisted key, which the next `pulumi up` deletes (prune: "unlisted"), unless the program declares it\n  - "p/x"',
    ]);
    await sets.world.destroy(found);
    expect(sets.keys()).toEqual(["p/kv", "p/x", "q"]);
  });

  test("that is to be destroyed next knows the keys as its own", async () => {
    const namespace = await sets.world.create("Namespace", "mine", { title: `mine ${Math.random()}` });
    const namespaceId = String(namespace.outs.namespaceId);
    const set = await sets.world.create("KeyValueSet", "set", { namespaceId, values: { a: "1" } });
    sets.nextRun();
    await sets.world.refresh(set);
    await sets.world.delete(namespace);
    expect(sets.world.emulator.namespaces().some(({ id }) => id === namespaceId)).toBe(false);
  });
});
