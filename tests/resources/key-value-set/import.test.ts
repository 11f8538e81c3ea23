import { accountId, failureOf, mark, type Resource } from "../world";
import { numbered, Sets, valuesOf } from "./sets";

const sets = new Sets();
const id = (keyPrefix = "") => `${accountId}/${sets.namespaceId}/${keyPrefix}*`;
const read = (what: string) =>
  sets.world.provider("KeyValueSet").read(what, {}, sets.world.call("set", {}, "KeyValueSet"));

async function imported(keyPrefix?: string): Promise<Resource> {
  const found = await read(id(keyPrefix));
  return { type: "KeyValueSet", name: "set", id: found.id, inputs: found.inputs ?? {}, outs: found.props ?? {} };
}

describe("an import", () => {
  test("takes the keys below the prefix as they are", async () => {
    const expiration = sets.world.clock.seconds + 1000;
    await sets.existing({
      entries: [
        { key: "p/a", value: "1", metadata: { x: [1] }, expiration },
        { key: "p/b", valueBase64: "/w==", metadata: 0, expiration },
        { key: "p/", value: "" },
        { key: "q", value: "other" },
      ],
    });
    const found = await read(id("p/"));
    expect(found).toEqual({
      id: id("p/"),
      inputs: {
        accountId,
        namespaceId: sets.namespaceId,
        keyPrefix: "p/",
        entries: [
          { key: "", value: "" },
          { key: "a", value: "1", metadata: { x: [1] }, expiration },
          { key: "b", valueBase64: "/w==", metadata: 0, expiration },
        ],
      },
      props: { ...mark, ...found.inputs, count: 3, bytes: 2, sha256: expect.any(String), manifest: expect.any(String) },
      secrets: [
        ["entries", 0, "value"],
        ["entries", 1, "value"],
        ["entries", 1, "metadata", "x", 0],
        ["entries", 2, "valueBase64"],
        ["entries", 2, "metadata"],
      ],
    });
  });

  test.each(["", "p/"])("below %j is followed by a plan without changes", async (keyPrefix) => {
    const expiration = sets.world.clock.seconds + 1000;
    await sets.existing({
      keyPrefix,
      entries: [
        { key: "a", value: "1", metadata: 1, expiration },
        { key: "b", valueBase64: "/w==" },
      ],
    });
    const set = await imported(keyPrefix);
    expect([await sets.world.plan(set, set.inputs), sets.world.infos]).toEqual([{}, []]);
    sets.nextRun();
    await sets.change(set, { keyPrefix, entries: [{ key: "b", value: "2" }] });
    expect(sets.keys()).toEqual([`${keyPrefix}b`]);
  });

  test.each(["*", "a/b*c", "%2F", "__proto__", " ", "é", "\u{1f600}", "a\nb"])("takes the key %j", async (key) => {
    await sets.existing({ entries: [{ key, value: "1" }] });
    const set = await imported();
    expect([set.inputs.entries, await sets.world.plan(set, set.inputs)]).toEqual([[{ key, value: "1" }], {}]);
  });

  test("of nothing finds nothing, and says why", async () => {
    expect([await read(id()), await read(id("p/"))]).toEqual([
      { id: "", absence: "the namespace has no keys" },
      { id: "", absence: 'no key of the namespace begins with "p/"' },
    ]);
    await sets.removeNamespace();
    const absence = `the account ${accountId} has no namespace ${sets.namespaceId}`;
    expect(await read(id())).toEqual({ id: "", absence });
  });

  test("takes ten thousand keys, and no more", async () => {
    const values = valuesOf(numbered(10_000));
    const set = await sets.existing({ values });
    const { outs } = await imported();
    expect([outs.count, outs.sha256]).toEqual([10_000, set.outs.sha256]);
    sets.nextRun();
    await sets.foreign("one-more");
    expect((await failureOf(imported())).message).toBe(
      "More than 10,000 keys are in the namespace, which is too many to import. Write them to a file with " +
        "`npx cloudflare-kv export`, and declare a KeyValueSet with that source and adopt: true: `pulumi up` then takes them " +
        "over and writes nothing",
    );
  });

  test.each(["", "abc", `${accountId}/${"f".repeat(32)}`, `${accountId}/${"f".repeat(32)}/${"p".repeat(512)}*`])(
    "refuses the id %j",
    async (what) => {
      const { message } = await failureOf((async () => read(what))());
      expect(message).toMatch(
        /^Invalid key-value-set id ".*": (expected <accountId>\/<namespaceId>\/<keyPrefix>\*|the prefix is 512 bytes long)/,
      );
    },
  );

  test("by an id without the account takes the configured one", async () => {
    await sets.foreign("p/a");
    const found = await read(`${sets.namespaceId}/p/*`);
    expect([found.id, found.inputs?.accountId]).toEqual([id("p/"), accountId]);
  });

  test("says with which credential it was tried", async () => {
    sets.world.fail({ status: 403 });
    expect((await failureOf(imported())).message).toMatch(/run `pulumi up` first, or add --run-program/);
  });
});
