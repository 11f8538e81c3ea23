import { Sets } from "./key-value-set/sets";
import { accountId, failureOf } from "./world";

const sets = new Sets();

/** Members of every object of JavaScript; the first is not even assigned like another. */
describe.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"])("the key %s", (key) => {
  const values = (value: string) =>
    JSON.parse(JSON.stringify({ a: "1" }).replace('"a":"1"', `"a":"1","${key}":"${value}"`));

  test("of a KeyValue, and as metadata, is written, read, changed, imported and deleted", async () => {
    const metadata = JSON.parse(`{"${key}":{"polluted":1}}`);
    const one = await sets.keyValue("one", key, { metadata });
    expect(sets.entry(key)).toEqual({ value: Buffer.from("one"), metadata });
    expect(await sets.world.plan(one, { namespaceId: sets.namespaceId, key, value: "one", metadata })).toEqual({});
    const other = JSON.parse(`{"${key}":{"polluted":2}}`);
    const changed = await sets.world.change(one, { namespaceId: sets.namespaceId, key, value: "two", metadata: other });
    expect(sets.entry(key)).toEqual({ value: Buffer.from("two"), metadata: other });
    const read = await sets.world.refresh(changed);
    expect(read?.inputs).toMatchObject({ key, value: "two", metadata: other });
    const imported = await sets.world.provider("KeyValue").read(changed.id, {}, sets.world.call("one"));
    expect(imported.inputs).toMatchObject({ key, value: "two" });
    await sets.world.destroy(changed);
    expect(sets.keys()).toEqual([]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test.each([
    ["values", (value: string) => ({ values: values(value) })],
    [
      "entries",
      (value: string) => ({
        entries: [
          { key: "a", value: "1" },
          { key, value },
        ],
      }),
    ],
  ])("of a set's %s is written, read, changed, imported and deleted", async (_, args) => {
    const set = await sets.existing(args("1"));
    expect([sets.keys(), sets.text(key)]).toEqual([[key, "a"].sort(), "1"]);
    expect(await sets.plan(set, args("1"))).toEqual({});
    const changed = await sets.changed(set, args("2"));
    expect(sets.text(key)).toBe("2");
    sets.world.clock.advance(100);
    await sets.put(key, "foreign");
    const read = await sets.world.refresh(changed);
    expect(JSON.stringify(read?.inputs)).toContain("foreign");
    const id = `${accountId}/${sets.namespaceId}/*`;
    const imported = await sets.world.provider("KeyValueSet").read(id, {}, sets.world.call("set", {}, "KeyValueSet"));
    expect(imported.inputs?.entries).toContainEqual({ key, value: "foreign" });
    sets.nextRun();
    await sets.changed(changed, { values: { a: "1" } });
    expect(sets.keys()).toEqual(["a"]);
  });
});

test("keys of a foreign writer cannot speak to the terminal from a plan or a refusal", async () => {
  const args = { keyPrefix: "p/", prune: "unlisted", values: { z: "1" } };
  const set = await sets.existing(args);
  await sets.foreign("p/\u001b[2J\u009b\u202e");
  await sets.plan(set, args);
  const planned = sets.world.infos.join();
  sets.world.endRun();
  const refusal = await failureOf(
    sets.world
      .provider("Namespace")
      .delete(`${accountId}/${sets.namespaceId}`, {}, sets.world.call("ns", {}, "Namespace")),
  );
  for (const message of [planned, refusal.message]) {
    expect(message).toContain("p/\\u001b[2J\\u009b\\u202e");
    expect(message.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }
});
