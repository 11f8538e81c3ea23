import type { Properties } from "../../../provider/pulumi/resource-provider";
import { failureOf } from "../world";
import { numbered, Sets } from "./sets";

const sets = new Sets();
const infos = () => sets.world.infos;
const requests = () => sets.world.requests();
const args = (values: Record<string, string>, more: Properties = {}) => ({
  keyPrefix: "p/",
  prune: "unlisted",
  values,
  ...more,
});

describe("a set that prunes what is unlisted", () => {
  test("deletes what its plan counted and named, and nothing beside its prefix", async () => {
    const set = await sets.existing(args({ a: "1" }));
    await sets.foreign("p/x", "p/y", "q");
    sets.nextRun();
    const changed = await sets.change(set, args({ a: "1" }));
    expect([infos(), sets.keys()]).toEqual([
      ['set: +0 ~0 -2 of 1 entry (1 request)\n  - "p/x" (unlisted)\n  - "p/y" (unlisted)'],
      ["p/a", "q"],
    ]);
    sets.nextRun();
    expect(await sets.plan(changed, args({ a: "1" }))).toEqual({});
  });

  test("shows the work in its plan although no input differs", async () => {
    const set = await sets.existing(args({ a: "1" }));
    await sets.foreign("p/x");
    expect(await sets.plan(set, args({ a: "1" }))).toEqual({ manifest: "update found" });
  });

  test("leaves what came after the plan", async () => {
    const set = await sets.existing(args({ a: "1" }));
    await sets.foreign("p/x");
    const inputs = await sets.checked(args({ a: "1" }), set.inputs);
    await sets.foreign("p/late");
    await sets.world
      .provider("KeyValueSet")
      .update(set.id, set.outs, inputs, sets.world.call("set", {}, "KeyValueSet"));
    expect(sets.keys()).toEqual(["p/a", "p/late"]);
  });

  test("says so when it is created", async () => {
    await sets.foreign("p/x");
    await sets.create(args({ a: "1" }));
    expect([infos(), sets.keys()]).toEqual([
      ['set: +1 ~0 -1 of 1 entry (2 requests)\n  - "p/x" (unlisted)\n  + "p/a"'],
      ["p/a"],
    ]);
  });

  test("leaves the others when it goes", async () => {
    const set = await sets.existing(args({ a: "1" }));
    await sets.foreign("p/x");
    await sets.world.destroy(set);
    expect(sets.keys()).toEqual(["p/x"]);
  });

  test("leaves the others when it is replaced", async () => {
    const set = await sets.existing(args({ a: "1" }));
    await sets.foreign("p/x");
    await sets.change(set, args({ a: "1" }, { keyPrefix: "q/" }));
    expect(sets.keys()).toEqual(["p/x", "q/a"]);
  });

  test("of the whole namespace spares what expired entries left to others", async () => {
    const expiration = sets.world.clock.seconds - 10;
    await sets.foreign("a");
    await sets.create({ keyPrefix: "", prune: "unlisted", entries: [{ key: "a", value: "1", expiration }] });
    expect(sets.keys()).toEqual(["a"]);
  });

  test("does not delete too much", async () => {
    const set = await sets.existing({ keyPrefix: "p/", values: { a: "1" } });
    await sets.foreign(...numbered(101, "p/x"));
    const refusal = /^would delete 101 of 102 keys, such as "p\/x00000", /;
    expect((await failureOf(sets.plan(set, args({ a: "1" })))).message).toMatch(refusal);
  });

  test("does not delete too much when it is new, or replaces another", async () => {
    await sets.foreign(...numbered(101, "p/x"));
    expect(await sets.failures(args({ a: "1" }))).toEqual([expect.stringMatching(/^would delete 101 of 102 keys/)]);
    sets.nextRun();
    const set = await sets.existing({ keyPrefix: "q/", values: { a: "1" } });
    expect((await failureOf(sets.plan(set, args({ a: "1" })))).message).toMatch(/^would delete 101 of 102 keys/);
  });

  test("names what it would delete where keys are not known yet", async () => {
    const set = await sets.existing(args({ a: "1" }));
    await sets.foreign("p/x");
    await sets.plan(set, { keyPrefix: "p/", prune: "unlisted", entries: ["04da6b54-80e4-46f7-96ec-b56ff0331ba9"] });
    expect(infos()).toEqual([
      "set: at least +0 ~0, at most -2, of 0 entries and 1 entry whose key is not known yet (at least 1 request)\n" +
        '  - "p/a"\n  - "p/x" (unlisted)\n  - unless an unknown key is one of them',
    ]);
  });

  test("of a namespace that is gone plans to write all", async () => {
    const set = await sets.existing(args({ a: "1" }));
    await sets.removeNamespace();
    expect(await sets.plan(set, args({ a: "1" }))).toEqual({});
  });

  test("lists nothing where the check fails", async () => {
    expect(await sets.failures(args({ a: "1" }, { maxDeletes: -1 }))).toHaveLength(1);
    expect(requests()).toEqual([]);
  });

  test("begins with the option, without a change beside", async () => {
    const set = await sets.existing({ keyPrefix: "p/", values: { a: "1" } });
    await sets.foreign("p/x");
    await sets.change(set, args({ a: "1" }));
    expect(sets.keys()).toEqual(["p/a"]);
  });

  test("starts anew after a failed prune", async () => {
    const set = await sets.existing(args({ a: "1" }));
    await sets.foreign("p/x");
    sets.world.fail({ status: 403 }, { match: { operation: "bulk.delete" } });
    const { set: failed } = await sets.failedChange(set, args({ a: "1" }));
    sets.world.heal();
    sets.nextRun();
    const healed = await sets.changed(failed, args({ a: "1" }));
    expect([sets.keys(), await sets.plan(healed, args({ a: "1" }))]).toEqual([["p/a"], {}]);
  });
});

describe("beside a set that prunes what is unlisted, a key", () => {
  test.each(["KeyValue", "KeyValueSet"] as const)(
    "of a %s that comes before it stays, and no plan names it",
    async (type) => {
      const other = {
        kv: { type, args: type === "KeyValue" ? { key: "p/k", value: "1" } : { values: { "p/k": "1" } } },
      }.kv;
      const declare = () => sets.world.checked(type, "other", { namespaceId: sets.namespaceId, ...other.args });
      await sets.world.provider(type).create(await declare(), sets.world.call("other", {}, type));
      const set = await sets.existing(args({ a: "1" }));
      await declare();
      infos().length = 0;
      expect([await sets.plan(set, args({ a: "1" })), infos(), sets.keys()]).toEqual([{}, [], ["p/a", "p/k"]]);
    },
  );

  test("of a KeyValue that comes after it stays, when it is declared before the delete", async () => {
    const set = await sets.existing(args({ a: "1" }));
    const key = await sets.keyValue("kv", "p/k");
    sets.nextRun();
    const inputs = await sets.checked(args({ a: "1" }), set.inputs);
    const call = sets.world.call("set", {}, "KeyValueSet");
    await sets.world.provider("KeyValueSet").diff(set.id, set.outs, inputs, call);
    await sets.world.checked("KeyValue", "kv", key.inputs, key.inputs);
    await sets.world.provider("KeyValueSet").update(set.id, set.outs, inputs, call);
    expect(sets.text("p/k")).toBe("kv");
    expect(sets.world.warnings).toEqual([
      '1 unlisted key stays: it is declared by "kv", which comes after this set; let the set depend on it (dependsOn), ' +
        "or every plan will name what it does not delete",
    ]);
  });

  test("of a KeyValue that comes after the delete is written again", async () => {
    const set = await sets.existing(args({ a: "1" }));
    const key = await sets.keyValue("kv", "p/k");
    sets.nextRun();
    await sets.change(set, args({ a: "1" }));
    await sets.world.change(key, key.inputs);
    expect(sets.text("p/k")).toBe("kv");
  });
});
