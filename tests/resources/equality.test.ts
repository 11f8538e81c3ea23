import fc from "fast-check";
import type { Properties } from "../../provider/pulumi/resource-provider";
import { jsonProblem } from "../../provider/resources/json";
import { metadataProblem } from "../../provider/resources/metadata";
import { accountId, type Resource, type TypeName, token, World } from "./world";

const far = 2_000_000_000;

let world: World;
let namespaceId: string;
beforeAll(async () => {
  world = await World.start();
  namespaceId = String((await world.create("Namespace", "ns", { title: "data" })).outs.namespaceId);
});
afterAll(() => world.close());

/** Arguments that mean the same as those before them. */
type Pair = [name: string, args: () => Properties, same: () => Properties];

const key = (more: Properties = {}): Properties => ({ namespaceId, key: "a", value: "one", ...more });
const set = (more: Properties): Properties => ({ namespaceId, ...more });
const one = { a: "1" };
const b = { key: "b", value: "2" };
const c = { key: "c", value: "3", metadata: { x: 1, y: 2 } };

const pairs: Record<TypeName, Pair[]> = {
  Namespace: [
    ["adopt: false", () => ({ title: "t" }), () => ({ title: "t", adopt: false, forceDestroy: false })],
    ["null for what is left out", () => ({ title: "t" }), () => ({ title: "t", jurisdiction: null, adopt: null })],
    ["the configured account", () => ({ title: "t" }), () => ({ title: "t", accountId })],
    ["no title for one that was made", () => ({}), () => ({ title: null })],
  ],
  KeyValue: [
    ["the namespace by its resource's id", () => key(), () => key({ namespaceId: `${accountId}/${namespaceId}` })],
    ["the account of the namespace", () => key(), () => key({ accountId })],
    ["null for what is left out", () => key(), () => key({ metadata: null, expiration: null, source: null })],
    [
      "members in another order",
      () => key({ metadata: { x: 1, y: [{ p: 1, q: 2 }] } }),
      () => key({ metadata: { y: [{ q: 2, p: 1 }], x: 1 } }),
    ],
    [
      "a number in another notation",
      () => key({ metadata: [1, 100] }),
      () => key({ metadata: JSON.parse("[1.0, 1e2]") }),
    ],
    ["an expiration in another notation", () => key({ expiration: far }), () => key({ expiration: Number("2e9") })],
  ],
  KeyValueSet: [
    [
      "the namespace by its resource's id",
      () => set({ values: one }),
      () => ({ namespaceId: `${accountId}/${namespaceId}`, values: one }),
    ],
    [
      "null for what is left out",
      () => set({ values: one }),
      () => set({ values: one, metadata: null, entries: null, source: null }),
    ],
    ["an empty prefix", () => set({ values: one }), () => set({ values: one, keyPrefix: "" })],
    ["the default of prune", () => set({ values: one }), () => set({ values: one, prune: "removed" })],
    ["no entries", () => set({ values: one }), () => set({ values: one, entries: [] })],
    ["no values", () => set({ entries: [b] }), () => set({ entries: [b], values: {} })],
    ["values in another order", () => set({ values: { a: "1", z: "2" } }), () => set({ values: { z: "2", a: "1" } })],
    ["entries in another order", () => set({ entries: [b, c] }), () => set({ entries: [c, b] })],
    [
      "members in another order",
      () => set({ entries: [c] }),
      () => set({ entries: [{ metadata: { y: 2, x: 1 }, value: "3", key: "c" }] }),
    ],
    [
      "null in an entry",
      () => set({ entries: [b] }),
      () => set({ entries: [{ ...b, metadata: null, expiration: null }] }),
    ],
  ],
};

describe.each(Object.keys(pairs) as TypeName[])("of a %s, there is no difference for", (type) => {
  test.each(pairs[type])("%s", async (_, args, same) => {
    for (const [before, after] of [
      [args(), same()],
      [same(), args()],
    ] as const) {
      const resource = await world.create(type, "r", before);
      world.endRun();
      world.requests();
      expect([await world.plan(resource, after), world.requests()]).toEqual([{}, []]);
      await world.destroy(resource);
    }
  });
});

test("entries in another order, of which one changes, differ in something", async () => {
  const resource = await world.create("KeyValueSet", "r", set({ entries: [b, c] }));
  world.endRun();
  expect(await world.plan(resource, set({ entries: [c, { ...b, value: "4" }] }))).not.toEqual({});
  await world.destroy(resource);
});

/** As another writer, or another program, would have it. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).reverse();
  return Object.fromEntries(members.map(([name, inner]) => [name, reordered(inner)]));
}

const metadata = fc.jsonValue({ maxDepth: 3 }).filter((value) => metadataProblem(value) === undefined);

const document = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => value !== null && typeof value === "object" && jsonProblem(value) === undefined);

test("whatever the document, another order and other white space in the store are no drift, and another member is one", async () => {
  await fc.assert(
    fc.asyncProperty(document, async (value) => {
      const args: [TypeName, (form: unknown) => Properties][] = [
        ["KeyValue", (valueJson) => ({ namespaceId, key: "doc", valueJson })],
        ["KeyValueSet", (valueJson) => set({ entries: [{ key: "doc", valueJson }] })],
        ["KeyValueSet", (doc) => set({ jsonValues: true, values: { doc } })],
      ];
      for (const [type, argsOf] of args) {
        const resource = await world.create(type, "doc", argsOf(value));
        world.endRun();
        await put("doc", JSON.stringify(reordered(value), undefined, 1));
        world.clock.advance(120_000);
        expect(await world.refresh(resource)).toEqual(resource);
        expect(await world.plan(resource, argsOf(reordered(value)))).toEqual({});
        await put("doc", JSON.stringify({ another: value }));
        const found = await world.refresh(resource);
        expect(JSON.stringify(found?.inputs)).toContain('"another":');
        expect(await world.plan(found as Resource, argsOf(value))).not.toEqual({});
        await world.destroy(resource);
      }
    }),
    { numRuns: 30 },
  );
});

async function put(name: string, value: string): Promise<void> {
  const url = `${world.emulator.url}/accounts/${accountId}/storage/kv/namespaces/${namespaceId}/values/${name}`;
  const response = await fetch(url, { method: "PUT", body: value, headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
}

test("whatever its metadata, what was written plans nothing in any order, and a refresh finds nothing", async () => {
  await fc.assert(
    fc.asyncProperty(metadata, metadata, async (mine, theirs) => {
      const args: [TypeName, (form: (value: unknown) => unknown) => Properties][] = [
        ["KeyValue", (form) => key({ metadata: form(mine) })],
        ["KeyValueSet", (form) => set({ metadata: form(mine), entries: [b, { ...c, metadata: form(theirs) }] })],
      ];
      for (const [type, argsIn] of args) {
        const resource = await world.create(
          type,
          type,
          argsIn((value) => value),
        );
        world.clock.advance(1000);
        world.endRun();
        const refreshed = await world.refresh(resource);
        expect(refreshed).toEqual(resource);
        expect(await world.plan(resource, argsIn(reordered))).toEqual({});
        await world.destroy(resource);
      }
    }),
    { numRuns: 50 },
  );
});
