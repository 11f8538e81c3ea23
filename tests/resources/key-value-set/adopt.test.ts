import { numbered, Sets, valuesOf } from "./sets";

const sets = new Sets();
const requests = () => sets.world.requests();
const adopt = true;

/** What the check of a new set says, in one text. */
async function planned(args: object): Promise<string> {
  await sets.checked({ adopt, ...args });
  return sets.world.infos.join("\n");
}

test("what is there as declared is taken over without a write, and what differs is replaced", async () => {
  await sets.put("a", "1");
  await sets.put("b", "foreign");
  await sets.put("other", "stays");
  sets.nextRun();
  const args = { values: { a: "1", b: "2", c: "3" } };
  expect(await planned(args)).toBe(
    'set: +1 ~1 -0 =1 as declared, of 3 entries (1 write, 1 read)\n  ~ "b" (replaces what is there)\n  + "c"',
  );
  sets.nextRun();
  const set = await sets.create({ adopt, ...args });
  expect(requests()).toEqual(["bulk.get", "bulk.put"]);
  expect([sets.text("a"), sets.text("b"), sets.text("c"), sets.text("other")]).toEqual(["1", "2", "3", "stays"]);
  sets.nextRun();
  expect([await sets.plan(set, { adopt, ...args }), requests()]).toEqual([{}, []]);
  await sets.world.destroy(set);
  expect(sets.keys()).toEqual(["other"]);
});

test("where all is as declared nothing is written", async () => {
  await sets.put("a", "1");
  await sets.put("b", Buffer.from([0xff, 0x00]));
  await sets.put("doc", '{ "on": true }');
  sets.nextRun();
  const entries = [
    { key: "b", valueBase64: "/wA=" },
    { key: "doc", valueJson: { on: true } },
  ];
  const set = await sets.create({ adopt, values: { a: "1" }, entries });
  expect(requests().filter((request) => request.endsWith("put"))).toEqual([]);
  expect(sets.world.infos).toEqual(["set: +0 ~0 -0 =3 as declared, of 3 entries (0 writes, 1 read)"]);
  expect(set.outs.writtenAt).toBeUndefined();
  expect(set.outs.sha256).toBeDefined();
});

test("metadata and expirations count, and the end of a time to live does not", async () => {
  await sets.put("a", "v", "?expiration=2000000000");
  await sets.put("b", "v");
  await sets.put("c", "v", "?expiration_ttl=5000");
  sets.nextRun();
  const entries = [
    { key: "a", value: "v" },
    { key: "b", value: "v", metadata: { x: 1 } },
    { key: "c", value: "v", expirationTtl: 100_000 },
  ];
  expect(await planned({ entries })).toBe(
    'set: +0 ~2 -0 =1 as declared, of 3 entries (1 write, 1 read)\n  ~ "a" (replaces what is there)\n  ~ "b" (replaces what is there)',
  );
});

test("many keys are looked for in the list first", async () => {
  const values = valuesOf(numbered(2500));
  await sets.world.destroy(await sets.create({ values: { "0": "x" } }));
  for (const key of Object.keys(values).slice(0, 150)) await sets.put(key, String(Reflect.get(values, key)));
  sets.nextRun();
  await sets.create({ adopt, values });
  const kinds = requests();
  expect(kinds.filter((kind) => kind === "bulk.get")).toHaveLength(2);
  expect(kinds.filter((kind) => kind === "keys.list")).toHaveLength(1);
  expect(kinds.filter((kind) => kind === "bulk.put")).toHaveLength(2);
});

test("later only keys that are new to the set are looked for", async () => {
  await sets.put("b", "2");
  const set = await sets.existing({ adopt, values: { a: "1" } });
  const changed = await sets.changed(set, { adopt, values: { a: "one", b: "2" } });
  expect(await sets.plan(changed, { adopt, values: { a: "one", b: "2" } })).toEqual({});
  expect(sets.text("a")).toBe("one");
});

test("without it what is there is written over, and the plan says that it may be", async () => {
  sets.world.foundKeys.length = 0;
  await sets.checked({ values: { a: "1" } });
  await sets.keyValue("k", "k");
  expect(sets.world.foundKeys.splice(0)).toEqual([
    "the namespace was there before this stack: a key that is in it already is written over without a look; " +
      "with adopt: true it is read first, and written only where it differs",
  ]);
  sets.nextRun();
  await sets.checked({ adopt, values: { b: "1" } });
  expect(sets.world.foundKeys).toEqual([]);
});

test("a set that becomes a source of the same entries sends nothing, and says so", async () => {
  const set = await sets.existing({ values: { a: "1", b: "2" } });
  await sets.plan(set, {
    entries: [
      { key: "b", value: "2" },
      { key: "a", value: "1" },
    ],
  });
  expect(sets.world.infos).toEqual(["set: nothing is sent, of 2 entries"]);
});

test("a new set in a namespace that was imported is told of the same", async () => {
  const { world, namespaceId } = sets;
  const id = `0123456789abcdef0123456789abcdef/${namespaceId}`;
  const { props: outs = {}, inputs = {} } = await world.provider("Namespace").read(id, {}, world.call("ns"));
  sets.nextRun();
  world.foundKeys.length = 0;
  const imported = { type: "Namespace", name: "imported", id, inputs, outs } as const;
  expect(await world.plan(imported, inputs)).toEqual({});
  await sets.create({ values: { a: "1" } });
  expect(world.foundKeys).toHaveLength(1);
});
