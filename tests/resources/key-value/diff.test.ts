import { createHash } from "node:crypto";
import fc from "fast-check";
import { isSame } from "../../../provider/pulumi/changes";
import type { Properties } from "../../../provider/pulumi/resource-provider";
import { accountId, otherId, type Resource, unknown, World } from "../world";

const namespaceId = "abcdef0123456789abcdef0123456789";
const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const base64 = (text: string) => Buffer.from(text).toString("base64");
const asset = (parts: object) => ({ "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", ...parts });
/** As the engine shows an asset to a diff. */
const elided = (text: string) => asset({ hash: hash(text) });

let world: World;
let now: number;
beforeAll(async () => {
  world = await World.start();
  now = world.clock.seconds;
});
beforeEach(() => {
  world.endRun();
  world.infos.length = 0;
});
afterAll(() => world.close());

const basis = { accountId, namespaceId, key: "a" };
const inState = (args: Properties, value = "one"): Resource => {
  const outs = { ...basis, ...args, valueSha256: hash(value), writtenAt: now };
  return { type: "KeyValue", name: "a", id: `${accountId}/${namespaceId}/a`, inputs: { ...basis, ...args }, outs };
};

const one = { value: "one" };
const later = 1_950_000_000;

type Plan = [name: string, olds: Properties, news: Properties, plan: Record<string, string>, stored?: string];

const plans: Plan[] = [
  ["nothing", one, one, {}],
  ["null for absent", one, { ...one, metadata: null, expiration: null, valueBase64: null }, {}],
  ["another value", one, { value: "two" }, { value: "update" }],
  ["an empty value", one, { value: "" }, { value: "update" }],
  ["an unknown value", one, { value: unknown }, { value: "update" }],
  ["the same value in base64", one, { valueBase64: base64("one") }, { value: "delete", valueBase64: "add" }],
  ["another value in base64", one, { valueBase64: base64("two") }, { value: "delete", valueBase64: "add" }],
  ["the same value as JSON", { value: "[1]" }, { valueJson: [1] }, { value: "delete", valueJson: "add" }, "[1]"],
  [
    "a document in another order",
    { valueJson: { a: 1, b: [2] } },
    { valueJson: { b: [2], a: 1 } },
    {},
    '{"a":1,"b":[2]}',
  ],
  [
    "a document of which members change",
    { valueJson: { a: { x: 1, y: 2 }, b: [1, 2], old: null } },
    { valueJson: { a: { x: 1, y: 3 }, b: [1, 5], new: true, old: null } },
    { "valueJson.a.y": "update", "valueJson.b[1]": "update", "valueJson.new": "add" },
  ],
  [
    "a document that was changed by others",
    { valueJson: [1] },
    { valueJson: [1] },
    { valueJson: "update found" },
    "[2]",
  ],
  [
    "a document that is not known yet",
    { valueJson: { a: 1 } },
    { valueJson: { a: unknown } },
    { "valueJson.a": "update" },
  ],
  ["the same value as a file", one, { source: elided("one") }, { value: "delete", source: "add" }],
  ["metadata added", one, { ...one, metadata: { a: 1 } }, { metadata: "add" }],
  ["metadata changed", { ...one, metadata: { a: 1 } }, { ...one, metadata: { a: 2 } }, { "metadata.a": "update" }],
  ["metadata removed", { ...one, metadata: { a: 1 } }, one, { metadata: "delete" }],
  ["metadata of {} removed", { ...one, metadata: {} }, one, { metadata: "delete" }],
  ["metadata of false added", one, { ...one, metadata: false }, { metadata: "add" }],
  [
    "metadata in another order",
    { ...one, metadata: { a: 1, b: [1, { c: 2, d: 3 }] } },
    { ...one, metadata: { b: [1, { d: 3, c: 2 }], a: 1 } },
    {},
  ],
  [
    "a list in another order",
    { ...one, metadata: [1, 2] },
    { ...one, metadata: [2, 1] },
    { "metadata[0]": "update", "metadata[1]": "update" },
  ],
  ["a null inside metadata", { ...one, metadata: { a: null } }, { ...one, metadata: {} }, { metadata: "update" }],
  [
    "an unknown inside metadata",
    { ...one, metadata: { a: 1 } },
    { ...one, metadata: { a: unknown } },
    { "metadata.a": "update" },
  ],
  [
    "members of metadata, down to the last",
    { ...one, metadata: { "team.name": "ops", a: { b: [1, { c: 2 }] }, gone: 1 } },
    { ...one, metadata: { "team.name": "dev", a: { b: [1, { c: 3 }] }, new: 1 } },
    {
      'metadata["team.name"]': "update",
      "metadata.a.b[1].c": "update",
      "metadata.gone": "delete",
      "metadata.new": "add",
    },
  ],
  [
    "metadata of another kind",
    { ...one, metadata: { a: [1] } },
    { ...one, metadata: { a: { 0: 1 } } },
    { "metadata.a": "update" },
  ],
  ["an expiration added", one, { ...one, expiration: later }, { expiration: "add replaces" }],
  [
    "an expiration changed",
    { ...one, expiration: later },
    { ...one, expiration: later + 1 },
    { expiration: "update replaces" },
  ],
  ["an expiration removed", { ...one, expiration: later }, one, { expiration: "delete replaces" }],
  ["an unknown expiration", one, { ...one, expiration: unknown }, { expiration: "add replaces" }],
  ["a time to live added", one, { ...one, expirationTtl: 60 }, { expirationTtl: "add replaces" }],
  [
    "a time to live changed",
    { ...one, expirationTtl: 60 },
    { ...one, expirationTtl: 61 },
    { expirationTtl: "update replaces" },
  ],
  ["a time to live removed", { ...one, expirationTtl: 60 }, one, { expirationTtl: "delete replaces" }],
  [
    "a time to live for an expiration",
    { ...one, expiration: later },
    { ...one, expirationTtl: 60 },
    { expiration: "delete replaces", expirationTtl: "add replaces" },
  ],
  ["another key", one, { ...one, key: "b" }, { key: "update replaces" }],
  ["an unknown key", one, { ...one, key: unknown }, { key: "update replaces" }],
  ["another namespace", one, { ...one, namespaceId: otherId }, { namespaceId: "update replaces" }],
  ["the same namespace by its resource's id", one, { ...one, namespaceId: `${accountId}/${namespaceId}` }, {}],
  ["another account", one, { ...one, accountId: otherId }, { accountId: "update replaces" }],
  [
    "all at once",
    one,
    { value: "two", metadata: 1, key: "b" },
    { key: "update replaces", value: "update", metadata: "add" },
  ],
  ["a file with the same bytes", { source: elided("one") }, { source: elided("one") }, {}],
  ["a file with other bytes", { source: elided("one") }, { source: elided("two") }, { source: "update" }],
];
test.each(plans)("the plan for %s", async (_, olds, news, plan, stored = "one") => {
  expect(await world.plan(inState(olds, stored), { ...basis, ...news })).toEqual(plan);
});

test("the plan for the same bytes in other base64 is nothing", async () => {
  expect(await world.plan(inState({ valueBase64: "b25lcw==" }, "ones"), { ...basis, valueBase64: "b25lcx==" })).toEqual(
    {},
  );
});

describe("the plan", () => {
  test("is to write again what was found changed, although the inputs are the same", async () => {
    const drifted = {
      ...inState({ source: elided("one") }),
      outs: { ...inState({ source: elided("one") }).outs, valueSha256: hash("x") },
    };
    expect(await world.plan(drifted, { ...basis, source: elided("one") })).toEqual({ source: "update found" });
  });

  test("is to write again what may not have been written", async () => {
    const { valueSha256: _, ...unsure } = inState(one).outs;
    expect(await world.plan({ ...inState(one), outs: unsure }, { ...basis, ...one })).toEqual({
      value: "update found",
    });
  });

  test("keeps the old until the new is written", async () => {
    const call = world.call("a");
    const replaced = await world
      .provider("KeyValue")
      .diff("id", inState(one).outs, { ...basis, ...one, expiration: later }, call);
    expect(replaced).toMatchObject({ deleteBeforeReplace: false, replaces: ["expiration"], stables: [] });
    const updated = await world.provider("KeyValue").diff("id", inState(one).outs, { ...basis, value: "two" }, call);
    expect(updated).toMatchObject({
      replaces: [],
      stables: ["accountId", "namespaceId", "key", "expiration", "expirationTtl"],
    });
  });

  const restarts: [name: string, news: Properties, says: string[]][] = [
    ["a value", { value: "two", expirationTtl: 60 }, ["the write starts the time to live anew: 60 s from then"]],
    [
      "metadata",
      { ...one, metadata: 1, expirationTtl: 60 },
      ["the write starts the time to live anew: 60 s from then"],
    ],
    ["nothing", { ...one, expirationTtl: 60 }, []],
    ["the form of the value only", { valueBase64: base64("one"), expirationTtl: 60 }, []],
    ["the time to live itself", { ...one, expirationTtl: 61 }, []],
  ];
  test.each(restarts)("says what becomes of a time to live: %s", async (_, news, says) => {
    await world.plan(inState({ ...one, expirationTtl: 60 }), { ...basis, ...news });
    expect(world.infos).toEqual(says);
  });

  test("says nothing in a refresh, which plans nothing", async () => {
    const { outs, inputs, id } = inState({ ...one, expirationTtl: 60 });
    await world.provider("KeyValue").diff(id, { ...outs, valueSha256: hash("x") }, inputs, world.call("a"));
    expect(world.infos).toEqual([]);
  });
});

describe("JSON", () => {
  const json = fc.jsonValue({ maxDepth: 3 });

  test("is the same however it is ordered", () => {
    const reordered = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reordered);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, inner]) => [name, reordered(inner)]),
      );
    };
    fc.assert(fc.property(json, (value) => isSame(value, reordered(value))));
  });

  test("is the same if and only if it is written the same", () => {
    const canonical = (value: unknown): string =>
      JSON.stringify(value, (_, inner) =>
        typeof inner === "object" && inner !== null && !Array.isArray(inner)
          ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
          : inner,
      );
    fc.assert(fc.property(json, json, (a, b) => isSame(a, b) === (canonical(a) === canonical(b))));
  });

  test("is not the same when only a name is missing", () => {
    expect(isSame({ a: undefined }, { b: undefined })).toBe(false);
    expect(isSame({}, [])).toBe(false);
    expect(isSame({ __proto__: null }, {})).toBe(true);
    expect(isSame(JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":2}'))).toBe(false);
  });
});
