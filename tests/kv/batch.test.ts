import fc from "fast-check";
import { Batch, Batcher, BatchSize, type BulkItem, maxBodyBytes } from "../../provider/kv/batch";
import { ByteBudget } from "../../provider/kv/byte-budget";

const item = (json: string): BulkItem => ({ key: "key", json });
/** An item of so many bytes. */
const sized = (bytes: number) => item("x".repeat(bytes));
const full = { items: 10_000, bytes: maxBodyBytes };

async function batchesOf(items: BulkItem[], size = full): Promise<Batch[]> {
  const batcher = new Batcher(items);
  const batches: Batch[] = [];
  for (let batch = await batcher.take(size); batch; batch = await batcher.take(size)) batches.push(batch);
  return batches;
}

const counts = (batches: Batch[]) => batches.map(({ keys }) => keys.length);

describe("a batch", () => {
  test("holds exactly 8 MiB, and not one byte more", async () => {
    const twoAndTheirComma = maxBodyBytes - 3;
    const exact = await batchesOf([sized(1000), sized(twoAndTheirComma - 1000)]);
    expect(counts(exact)).toEqual([2]);
    expect(exact[0]?.body).toHaveLength(maxBodyBytes);
    expect(counts(await batchesOf([sized(1000), sized(twoAndTheirComma - 999)]))).toEqual([1, 1]);
  });

  test("holds exactly 10,000 items, and not one more", async () => {
    const items = Array.from({ length: 10_001 }, () => sized(1));
    expect(counts(await batchesOf(items.slice(1)))).toEqual([10_000]);
    expect(counts(await batchesOf(items))).toEqual([10_000, 1]);
  });

  test("holds a larger item alone", async () => {
    expect(counts(await batchesOf([sized(1), sized(maxBodyBytes + 1), sized(1), sized(1)]))).toEqual([1, 1, 2]);
  });

  test("counts the bytes that are sent, keeps the order and loses nothing", async () => {
    const items = fc.array(fc.string({ unit: "binary", maxLength: 20 }).map((text) => item(JSON.stringify(text))));
    const size = fc.record({ items: fc.integer({ min: 1, max: 5 }), bytes: fc.integer({ min: 10, max: 60 }) });
    await fc.assert(
      fc.asyncProperty(items, size, async (items, size) => {
        const batches = await batchesOf(items, size);
        expect(batches.flatMap((batch) => batch.items())).toEqual(items);
        for (const batch of batches) {
          const { keys, body } = batch;
          expect(JSON.parse(body.toString())).toEqual(batch.items().map(({ json }) => JSON.parse(json)));
          expect(keys.length).toBeLessThanOrEqual(size.items);
          expect(keys.length === 1 || body.length <= size.bytes).toBe(true);
        }
      }),
    );
  });

  test("is cut where it is told to, with the bytes of each part", () => {
    const batch = Batch.of([sized(1), sized(20), sized(300)]);
    expect(batch.cutAt(1).map(({ body }) => body.length)).toEqual([3, 323]);
    expect(batch.cutAt(3)).toEqual([batch]);
  });
});

describe("a batcher", () => {
  test("takes no item before there is a batch for it", async () => {
    let taken = 0;
    const batcher = new Batcher(
      (function* () {
        for (; ; taken++) yield sized(1);
      })(),
    );
    await batcher.take({ items: 3, bytes: 100 });
    expect(taken).toBeLessThanOrEqual(3);
  });

  test.each([true, false])("knows that a source has ended only when it has: %s", async (ends) => {
    const batcher = new Batcher(ends ? [] : [sized(1)]);
    await batcher.take({ items: 1, bytes: 100 });
    expect(batcher.isDone).toBe(ends);
  });

  test("ends a source that was not read to its end", async () => {
    let ended = false;
    const batcher = new Batcher(
      (async function* () {
        try {
          for (;;) yield [sized(1)];
        } finally {
          ended = true;
        }
      })(),
    );
    await batcher.take({ items: 1, bytes: 100 });
    await batcher.close();
    expect(ended).toBe(true);
  });
});

describe("the size of a batch", () => {
  const after = (learn: (size: BatchSize) => void) => {
    const size = new BatchSize();
    learn(size);
    return [size.items, size.requests, size.bytes];
  };
  const mib = 1024 * 1024;
  const cases: [name: string, learn: (size: BatchSize) => void, expected: number[]][] = [
    ["is small at first, and travels alone", () => {}, [1000, 1, 8 * mib]],
    ["is tenfold after an answer within 2 s", (size) => size.accepted(1000, 2000), [10_000, 8, 8 * mib]],
    ["stays after a slower one", (size) => size.accepted(1000, 2001), [1000, 8, 8 * mib]],
    ["grows by what was answered", (size) => size.accepted(300, 0), [3000, 8, 8 * mib]],
    ["is never more than the API takes", (size) => size.accepted(9999, 0), [10_000, 8, 8 * mib]],
    ["does not shrink after a small answer", (size) => size.accepted(7, 0), [1000, 8, 8 * mib]],
    ["is halved after a timeout", (size) => size.tooSlow(1000), [500, 1, 8 * mib]],
    ["is never less than one", (size) => size.tooSlow(1), [1, 1, 8 * mib]],
    ["has half the bytes of what was too large", (size) => size.tooLarge(6 * mib), [1000, 1, 3 * mib]],
    ["keeps its bytes after something small", (size) => size.tooLarge(1000), [1000, 1, mib]],
    ["keeps its bytes after a single giant", (size) => size.tooLarge(35 * mib), [1000, 1, 8 * mib]],
  ];
  test.each(cases)("%s", (_, learn, expected) => expect(after(learn)).toEqual(expected));
});

describe("a budget of bytes", () => {
  const watch = (budget: ByteBudget, sizes: number[]) => {
    const entered: number[] = [];
    for (const bytes of sizes) void budget.enter(bytes).then(() => entered.push(bytes));
    return async () => {
      await new Promise(setImmediate);
      return entered;
    };
  };

  test("lets in exactly so many, in the order of their coming", async () => {
    const budget = new ByteBudget(10);
    const entered = watch(budget, [4, 6, 2, 1]);
    expect(await entered()).toEqual([4, 6]);
    budget.leave(4);
    expect(await entered()).toEqual([4, 6, 2, 1]);
  });

  test("lets nobody overtake", async () => {
    const budget = new ByteBudget(10);
    const entered = watch(budget, [8, 3, 1]);
    expect(await entered()).toEqual([8]);
    budget.leave(8);
    expect(await entered()).toEqual([8, 3, 1]);
  });

  test("lets in alone what is more", async () => {
    const budget = new ByteBudget(10);
    const entered = watch(budget, [1, 11, 1]);
    expect(await entered()).toEqual([1]);
    budget.leave(1);
    expect(await entered()).toEqual([1, 11]);
    budget.leave(11);
    expect(await entered()).toEqual([1, 11, 1]);
  });
});
