import fc from "fast-check";
import type { Fault, FaultAction } from "../../provider/emulator/fault";
import { serializePair } from "../../provider/kv/bulk";
import { accountId } from "./api";
import { BulkApi, pair, remove, write } from "./bulk-api";

let bulk: BulkApi;
beforeAll(async () => {
  bulk = await BulkApi.start();
});
afterAll(() => bulk.close());

const keys = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }).filter(isKey), {
  minLength: 1,
  maxLength: 40,
});

function isKey(key: string): boolean {
  return key !== "." && key !== ".." && key.isWellFormed();
}

const actions: fc.Arbitrary<FaultAction> = fc.oneof(
  fc.constantFrom<FaultAction>(
    { type: "drop", when: "before" },
    { type: "drop", when: "after" },
    { type: "truncate" },
    { type: "code971" },
    { type: "resultNull" },
    { type: "contentType", value: "text/html" },
    { status: 413, body: "html" },
    { status: 429, retryAfter: 7 },
    { status: 400, code: 10042 },
  ),
  fc.record({
    status: fc.constantFrom(408, 500, 503, 504, 520, 524),
    when: fc.constantFrom("before", "after"),
    body: fc.constantFrom("html", "json"),
  }),
  fc.record({ type: fc.constant("unsuccessful"), fraction: fc.double({ min: 0, max: 1, noNaN: true }) }),
);

/** Some for a few requests, some for one key as long as it lasts. */
const faults = (keys: string[]): fc.Arbitrary<Fault[]> =>
  fc.array(
    fc.record({
      match: fc.oneof(fc.constant({}), fc.record({ key: fc.constantFrom(...keys) })),
      times: fc.integer({ min: 1, max: 9 }),
      skip: fc.integer({ min: 0, max: 3 }),
      action: actions,
    }),
    { maxLength: 5 },
  );

const runs = keys.chain((keys) => fc.record({ keys: fc.constant(keys), faults: faults(keys) }));

async function afresh(faults: Fault[]) {
  const connection = bulk.api.connect();
  bulk.emulator.setFaults([]);
  const { id } = await connection.client.createNamespace(accountId, { title: `run ${Math.random()}` });
  bulk.emulator.setFaults(faults);
  return { connection, id };
}

describe("whatever passes by itself goes wrong,", () => {
  test("the store has what was told to be written, and nothing more but what nobody knows", async () => {
    await fc.assert(
      fc.asyncProperty(runs, async ({ keys, faults }) => {
        const { connection, id } = await afresh(faults);
        const items = keys.map((key) => pair(key));
        const { done, failed, unsure, stopped } = await write(connection, id, items);
        for (const key of done) expect(bulk.emulator.entry(id, key)?.value.toString()).toBe(`value of ${key}`);
        expect(new Set(done).size).toBe(done.length);
        const unknown = bulk.emulator.keys(id).filter((key) => !done.includes(key));
        expect(unsure).toEqual(expect.arrayContaining(unknown));
        expect(done.filter((key) => unsure.includes(key))).toEqual([]);
        const named = new Set([...done, ...failed.map(({ key }) => key)]);
        if (!stopped) expect(named).toEqual(new Set(keys));
      }),
      { numRuns: 150 },
    );
  });

  test("the store has lost what was told to be deleted, and nothing more but what nobody knows", async () => {
    await fc.assert(
      fc.asyncProperty(runs, async ({ keys, faults }) => {
        const { connection, id } = await afresh([]);
        await write(connection, id, [...keys.map((key) => pair(key)), { key: "foreign", json: foreign }]);
        bulk.emulator.setFaults(faults);
        const { done, unsure } = await remove(connection, id, keys);
        const left = new Set(bulk.emulator.keys(id));
        expect(left.has("foreign")).toBe(true);
        expect(done.filter((key) => left.has(key))).toEqual([]);
        const lost = keys.filter((key) => !left.has(key) && !done.includes(key));
        expect(unsure).toEqual(expect.arrayContaining(lost));
      }),
      { numRuns: 50 },
    );
  });
});

const foreign = serializePair("foreign", { value: "kept" });
