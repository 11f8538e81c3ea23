import type { Properties } from "../../../provider/pulumi/resource-provider";
import { until } from "../../until";
import { failureOf, type Resource } from "../world";
import { Sets } from "./sets";

const sets = new Sets();
const infos = () => sets.world.infos;
const warnings = () => sets.world.warnings;
const writes = () => sets.world.requests().filter((name) => /put|delete/.test(name));

/** The next run has nothing to do for these, and a refresh finds all as it is declared. */
async function expectSettled(...resources: Resource[]): Promise<void> {
  for (const resource of resources) {
    sets.nextRun();
    expect(await sets.world.plan(resource, resource.inputs)).toEqual({});
    sets.world.clock.advance(100);
    expect((await sets.world.refresh(resource))?.outs).toEqual(resource.outs);
  }
  expect(warnings()).toEqual([]);
}

describe("a set that is replaced by itself", () => {
  test.each([
    [false, ["bulk.put"]],
    [true, ["bulk.put"]],
  ])("is written and not deleted, delete first: %s", async (deleteFirst, expected) => {
    const set = await sets.existing({ values: { a: "1", b: "2" } });
    const replaced = await sets.world.change(set, set.inputs, { force: true, deleteFirst });
    expect([writes(), sets.keys(), infos()]).toEqual([
      expected,
      ["a", "b"],
      expect.arrayContaining(["kept 2 keys: now declared by set"]),
    ]);
    await expectSettled(replaced);
  });

  test.each([false, true])(
    "with other keys loses those that are not declared, delete first: %s",
    async (deleteFirst) => {
      const set = await sets.existing({ values: { a: "1", b: "2" } });
      const args = { namespaceId: sets.namespaceId, values: { b: "2", c: "3" } };
      const replaced = await sets.world.change(set, args, { force: true, deleteFirst });
      expect(sets.keys()).toEqual(["b", "c"]);
      await expectSettled(replaced);
    },
  );

  test("writes again what others have changed meanwhile, though it was kept", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    await sets.foreign("a");
    await sets.world.change(set, set.inputs, { force: true, deleteFirst: true });
    expect(sets.text("a")).toBe("1");
  });

  test("delete first, with a create that fails, keeps in the state what is in the store", async () => {
    const set = await sets.existing({ values: { a: "1", b: "2" } });
    const inputs = await sets.checked({ values: { a: "new", b: "2" } });
    await sets.world.delete(set);
    sets.world.fail({ status: 403 });
    const call = sets.world.call("set", {}, "KeyValueSet");
    const error = await failureOf(sets.world.provider("KeyValueSet").create(inputs, call));
    expect([error.name, error.id, sets.keys()]).toEqual(["InitFailedError", set.id, ["a", "b"]]);
    sets.world.heal();
    const failed = { ...set, inputs, outs: error.properties ?? {} };
    sets.nextRun();
    await sets.change(failed, { values: { b: "2" } });
    expect(sets.keys()).toEqual(["b"]);
  });

  test("with a create that fails at once leaves all to the old one", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    await sets.checked(set.inputs, set.inputs);
    sets.world.fail({ status: 403 });
    const { error } = await sets.failedCreate({ values: { a: "1" } });
    expect([error.name, sets.keys()]).toEqual(["CloudflareError", ["a"]]);
  });
});

describe("a set that gets a new prefix", () => {
  test.each([
    ["another", "p/", "q/", { a: "1" }, ["q/a"]],
    ["a wider", "p/q/", "p/", { "q/a": "1", b: "2" }, ["p/b", "p/q/a"]],
    ["a narrower", "", "p/", { a: "1" }, ["p/a"]],
  ])("has its keys below %s one, and no others", async (_, before, after, values, expected) => {
    for (const deleteFirst of [false, true]) {
      const set = await sets.existing({ keyPrefix: before, values: { a: "1", "p/a": "1" } });
      const replaced = await sets.world.change(
        set,
        { namespaceId: sets.namespaceId, keyPrefix: after, values },
        { deleteFirst },
      );
      expect(sets.keys()).toEqual(expected);
      await expectSettled(replaced);
      await sets.world.destroy(replaced);
    }
  });

  test("is planned with what the create will do", async () => {
    const set = await sets.existing({ keyPrefix: "p/", values: { a: "1" } });
    expect(await sets.plan(set, { keyPrefix: "q/", values: { a: "1" } })).toEqual({ keyPrefix: "update replaces" });
    expect(infos()).toEqual([
      'set: +1 ~0 -0 of 1 entry (1 request)\n  + "q/a"',
      'afterwards 1 key of the old set, below "p/", is deleted, except what the program still declares',
    ]);
  });
});

describe("a set that moves to another namespace", () => {
  test("writes everything there, also where another set keeps what it leaves", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    const other = await sets.world.create("Namespace", "other", { title: `other ${Math.random()}` });
    const namespaceId = String(other.outs.namespaceId);
    sets.nextRun();
    const heir = await sets.create({ values: { a: "1" } }, "heir");
    const moved = await sets.world.change(set, { namespaceId, values: { a: "1" } }, { deleteFirst: true });
    expect([sets.keys(), sets.world.emulator.keys(namespaceId)]).toEqual([["a"], ["a"]]);
    await expectSettled(heir, moved);
  });
});

describe("a set that is renamed", () => {
  test("with an alias is nothing to do", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    await sets.world.change({ ...set, name: "renamed" }, set.inputs);
    expect(writes()).toEqual([]);
  });

  test("without an alias keeps its keys", async () => {
    const set = await sets.existing({ values: { a: "1", b: "2" } });
    const renamed = await sets.create({ values: { a: "1", b: "2" } }, "renamed");
    await sets.world.delete(set);
    expect([writes(), sets.keys(), infos().at(-1)]).toEqual([
      ["bulk.put"],
      ["a", "b"],
      "kept 2 keys: now declared by renamed",
    ]);
    await expectSettled(renamed);
  });
});

describe("keys that move", () => {
  test("from single keys into a set stay", async () => {
    const keys = [await sets.keyValue("one", "a"), await sets.keyValue("two", "b")];
    sets.nextRun();
    const set = await sets.create({ values: { a: "1", b: "2" } });
    for (const key of keys) await sets.world.delete(key);
    expect([writes(), sets.text("a"), sets.text("b")]).toEqual([["bulk.put"], "1", "2"]);
    await expectSettled(set);
  });

  test("from a set to single keys stay, and the rest goes", async () => {
    const set = await sets.existing({ values: { a: "1", b: "2", c: "3" } });
    await sets.keyValue("one", "a");
    await sets.keyValue("two", "b");
    await sets.world.delete(set);
    expect([sets.keys(), sets.text("a"), infos()]).toEqual([
      ["a", "b"],
      "one",
      ["kept 1 key: now declared by one", "kept 1 key: now declared by two"],
    ]);
  });

  test.each(["one by one", "the other way round"])("from one set into two and back, %s, stay", async (order) => {
    const set = await sets.existing({ values: { a: "1", b: "2" } });
    const split = async () =>
      [await sets.create({ values: { a: "1" } }, "left"), await sets.create({ values: { b: "2" } }, "right")] as const;
    const [left, right] = await split();
    await sets.world.delete(set);
    expect(sets.keys()).toEqual(["a", "b"]);
    await expectSettled(left, right);
    sets.nextRun();
    const parts = order === "one by one" ? [left, right] : [right, left];
    const whole = await sets.create({ values: { a: "1", b: "2" } }, "whole");
    for (const part of parts) await sets.world.delete(part);
    expect(sets.keys()).toEqual(["a", "b"]);
    await expectSettled(whole);
  });

  const moved = { values: { b: "2" } };
  test("from one set to a later one are written again after the delete", async () => {
    const [first, second] = [
      await sets.existing({ values: { a: "1", b: "2" } }, "first"),
      await sets.existing({ values: {} }, "second"),
    ];
    const results = [await sets.change(first, moved), await sets.change(second, { values: { a: "1" } })];
    expect([writes(), sets.keys()]).toEqual([
      ["bulk.delete", "bulk.put"],
      ["a", "b"],
    ]);
    await expectSettled(...results);
  });

  test("from one set to an earlier one stay", async () => {
    const [first, second] = [
      await sets.existing({ values: {} }, "first"),
      await sets.existing({ values: { a: "1", b: "2" } }, "second"),
    ];
    const results = [await sets.change(first, { values: { a: "1" } }), await sets.change(second, moved)];
    expect([writes(), infos().at(-1)]).toEqual([["bulk.put"], "kept 1 key: now declared by first"]);
    await expectSettled(...results);
  });

  test("from a set to a later single key are written again after the delete", async () => {
    const set = await sets.existing({ values: { a: "1", b: "2" } });
    await sets.change(set, moved);
    await sets.keyValue("one", "a");
    expect([writes(), sets.text("a")]).toEqual([["bulk.delete", "values.put"], "one"]);
  });

  test("from a single key, deleted first, into a set are written", async () => {
    const set = await sets.existing({ values: { b: "2" } });
    const key = await sets.keyValue("one", "a");
    sets.nextRun();
    await sets.world.change(key, { ...key.inputs, key: "c" }, { deleteFirst: true });
    await sets.change(set, { values: { a: "1", b: "2" } });
    expect(sets.keys()).toEqual(["a", "b", "c"]);
  });
});

describe("a delete under way", () => {
  /** The first delete fails, and is not sent again before it is let go. */
  function holdDelete() {
    const { promise, resolve } = Promise.withResolvers<void>();
    let isHeld = false;
    sets.world.fail({ status: 503 }, { match: { operation: "bulk.delete" }, times: 1 });
    sets.world.clock.onSleep = () => {
      isHeld = true;
      return promise;
    };
    return {
      begun: () => until(() => isHeld),
      /** Whoever does not wait for it has had the time to write. */
      release: async () => {
        await sets.foreign("x", "y", "z");
        sets.world.clock.onSleep = () => {};
        resolve();
      },
    };
  }

  test.each(["KeyValue", "KeyValueSet"] as const)("is waited for by the write of a %s", async (type) => {
    const set = await sets.existing({ values: { a: "1", b: "2" } });
    const held = holdDelete();
    const changing = sets.change(set, { values: { b: "2" } });
    await held.begun();
    const writing = type === "KeyValue" ? sets.keyValue("heir", "a") : sets.create({ values: { a: "new" } }, "heir");
    await held.release();
    await Promise.all([changing, writing]);
    expect(sets.keys()).toEqual(["a", "b", "x", "y", "z"]);
  });

  test("of another resource is made good by a set that knows the key", async () => {
    const args = { values: { a: "1", b: "2" } };
    const rival = await sets.existing({ values: { a: "1", c: "3" } }, "rival");
    const set = await sets.existing(args);
    const held = holdDelete();
    const changing = sets.change(rival, { values: { c: "3" } });
    await held.begun();
    const making = sets.change(set, args);
    await held.release();
    const [, made] = await Promise.all([changing, making]);
    expect([sets.keys(), sets.text("a")]).toEqual([["a", "b", "c", "x", "y", "z"], "1"]);
    await expectSettled(made);
  });

  test("that fails leaves nothing to make good", async () => {
    const rival = await sets.existing({ values: { a: "1", c: "3" } }, "rival");
    const args = { values: { a: "1" } };
    const set = await sets.existing(args);
    sets.world.fail({ status: 403 }, { match: { operation: "bulk.delete" } });
    await sets.failedChange(rival, { values: { c: "3" } });
    sets.world.heal();
    sets.world.requests();
    expect(await sets.plan(set, args)).toEqual({});
  });
});

describe("a key that two resources declare", () => {
  const warning = (count: string, one: string, other: string) =>
    `${count}, such as "a", declared twice, by "${one}" and "${other}": what is written last wins; declare each once`;

  test("in two sets is a warning that names both", async () => {
    await sets.checked({ values: { a: "1", b: "1", c: "1" } }, {}, "first");
    await sets.checked({ values: { a: "2", b: "1", d: "1" } }, {}, "second");
    expect([warnings(), writes()]).toEqual([[warning("2 keys", "second", "first")], []]);
  });

  test("in two sets of different prefixes is one, too", async () => {
    await sets.checked({ keyPrefix: "p/", values: { a: "1" } }, {}, "first");
    await sets.checked({ values: { "p/a": "2", a: "1" } }, {}, "second");
    expect(warnings()).toEqual([warning("1 key", "second", "first").replace('"a"', '"p/a"')]);
  });

  test("in two unchanged sets is one warning", async () => {
    const first = await sets.existing({ values: { a: "1" } }, "first");
    const second = await sets.existing({ values: { a: "1" } }, "second");
    await sets.world.plan(first, first.inputs);
    await sets.world.plan(second, second.inputs);
    await sets.world.plan(second, second.inputs);
    expect(warnings()).toEqual([warning("1 key", "second", "first")]);
  });

  test.each([false, true])("in a set and a KeyValue is a warning, whichever comes first: %s", async (isSetFirst) => {
    const set = () => sets.checked({ values: { a: "1" } });
    const key = () => sets.world.checked("KeyValue", "kv", { namespaceId: sets.namespaceId, key: "a", value: "1" });
    for (const declare of isSetFirst ? [set, key] : [key, set]) await declare();
    expect(warnings()).toEqual([
      isSetFirst
        ? 'the key is declared twice, by "kv" and "set": the one that is written last wins; declare it once'
        : warning("1 key", "set", "kv"),
    ]);
  });

  test("is not lost when one of them goes", async () => {
    const first = await sets.existing({ values: { a: "1" } }, "first");
    const second = await sets.existing({ values: { a: "1", b: "1" } }, "second");
    await sets.change(first, { values: { a: "1" } });
    await sets.world.delete(second);
    expect(sets.keys()).toEqual(["a"]);
  });

  test("is no warning in other namespaces, or under other prefixes", async () => {
    await sets.checked({ keyPrefix: "p/", values: { a: "1" } }, {}, "first");
    await sets.checked({ keyPrefix: "q/", values: { a: "1" } }, {}, "second");
    await sets.checked({ namespaceId: "f".repeat(32), keyPrefix: "p/", values: { a: "1" } } as Properties, {}, "third");
    expect(warnings()).toEqual([]);
  });
});

describe("a set whose check fails", () => {
  test.each([
    ["in an entry", { values: { a: "1" }, entries: [{ key: "b" }] }],
    ["in an option", { values: { a: "1" }, maxDeletes: -1 }],
    ["in its account", { values: { a: "1" }, accountId: "x" }],
    ["in a default", { values: { a: "1" }, expiration: 1.5, metadata: "m".repeat(2000) }],
  ])("%s claims what it declares all the same", async (_, args) => {
    const [old, set] = [await sets.existing({ values: { a: "1" } }, "old"), await sets.existing({ values: {} })];
    expect(await sets.failures(args, set.inputs, "set")).not.toEqual([]);
    await sets.world.delete(old);
    expect(sets.keys()).toEqual(["a"]);
  });
});
