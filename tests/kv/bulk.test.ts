import type { BulkItem } from "../../provider/kv/batch";
import { BulkRun, type Send, serializePair } from "../../provider/kv/bulk";
import { ByteBudget } from "../../provider/kv/byte-budget";
import { CancelledError, CloudflareError } from "../../provider/kv/error";
import { until } from "../until";
import { accountId, Connection, sentinels, startStranger } from "./api";
import { BulkApi, keysOf, nothingLeft, pair, pairs, write } from "./bulk-api";

let bulk: BulkApi;
beforeEach(async () => {
  bulk = await BulkApi.start();
});
afterEach(() => bulk.close());

const nothingSaid = '{"success":true,"result":null}';

/** An API that accepts all, and does something before each answer; a status from there makes it a refusal. */
async function accepting(before: (requests: number, connection: Connection) => unknown, { answer = nothingSaid } = {}) {
  const stranger = await startStranger(async (response) => {
    const status = (await before(stranger.requests.length, connection)) ?? 200;
    response.writeHead(Number(status), { "content-type": "application/json" }).end(status === 200 ? answer : "");
  });
  const connection = new Connection(stranger.url, { maxConcurrency: 100 });
  const close = async () => {
    await connection.transport.close();
    await stranger.close();
  };
  return { connection, stranger, close };
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
};

describe("a bulk write", () => {
  test("stores each pair as it is", async () => {
    const entries: [key: string, entry: Parameters<typeof serializePair>[1]][] = [
      ["text", { value: "ä\u0000\u{1F600}" }],
      ["empty", { value: "", metadata: null }],
      ["binary", { value: "//4=", base64: true, metadata: { a: [1] } }],
      ["expires", { value: "a", expiration: 2_000_000_000, metadata: 0 }],
      ["lives", { value: "a", expirationTtl: 60 }],
      ["__proto__", { value: "a" }],
    ];
    const items = entries.map(([key, entry]) => ({ key, json: serializePair(key, entry) }));
    const connection = bulk.api.connect();
    expect(await bulk.write(items, {}, connection)).toEqual({ ...nothingLeft, done: items.map(({ key }) => key) });
    const stored = (key: string) => bulk.emulator.entry(bulk.namespaceId, key);
    expect(stored("text")).toEqual({ value: Buffer.from("ä\u0000\u{1F600}"), metadata: null });
    expect(stored("empty")).toEqual({ value: Buffer.alloc(0), metadata: null });
    expect(stored("binary")).toEqual({ value: Buffer.from([0xff, 0xfe]), metadata: { a: [1] } });
    expect(stored("expires")).toMatchObject({ expiration: 2_000_000_000, metadata: 0 });
    expect(stored("lives")).toMatchObject({ expiration: connection.clock.seconds + 60 });
    expect(stored("__proto__")).toMatchObject({ value: Buffer.from("a") });
  });

  test("sends 1,000 pairs, and then 10,000 at once", async () => {
    const items = pairs(41_000);
    expect(await bulk.write(items)).toMatchObject({ ...nothingLeft, done: { length: 41_000 } });
    expect(bulk.requests).toEqual(["1000 200", "10000 200", "10000 200", "10000 200", "10000 200"]);
    expect(bulk.stored).toEqual(keysOf(41_000));
  });

  test("sends nothing for nothing", async () => {
    expect(await bulk.write([])).toEqual({ ...nothingLeft, done: [] });
    expect(bulk.requests).toEqual([]);
  });

  test("takes a list that says nothing for a success", async () => {
    bulk.fail({ type: "resultNull" });
    expect((await bulk.write(pairs(2))).done).toEqual(keysOf(2));
  });

  test("waits for the first answer, and then has eight requests in flight", async () => {
    let inFlight = 0;
    let most = 0;
    const before: number[] = [];
    const { connection, close } = await accepting(async (requests) => {
      most = Math.max(most, ++inFlight);
      await turns(requests === 1 ? 50 : 0);
      before.push(requests);
      if (requests > 1) await until(() => inFlight === 8 || before.length > 8);
      inFlight--;
    });
    await write(connection, bulk.namespaceId, pairs(121_000));
    await close();
    expect([before[0], before.length, most]).toEqual([1, 13, 8]);
  });

  test("stays small where answers are slow", async () => {
    const { connection, stranger, close } = await accepting((_, { clock }) => clock.advance(2.001));
    await write(connection, bulk.namespaceId, pairs(5000));
    await close();
    const lengths = stranger.requests.map(({ headers }) => headers["content-length"]);
    expect([lengths.length, new Set(lengths).size]).toEqual([5, 1]);
  });

  test("takes pairs only as fast as they are sent", async () => {
    const total = 300_000;
    let taken = 0;
    let done = 0;
    let mostHeld = 0;
    async function* source(): AsyncGenerator<BulkItem[]> {
      for (; taken < total; taken++) {
        mostHeld = Math.max(mostHeld, taken - done);
        yield [{ key: "key", json: "{}" }];
      }
    }
    const { connection, close } = await accepting(() => {});
    await write(connection, bulk.namespaceId, source(), {
      onDone: ({ length }) => {
        done += length;
      },
    });
    await close();
    expect(done).toBe(total);
    expect(mostHeld).toBeLessThanOrEqual(17 * 10_000);
  });

  test("shares the bytes that may be in flight with all others", async () => {
    const { client, clock } = bulk.api.connect();
    const budget = new ByteBudget(30_000);
    let inFlight = 0;
    let most = 0;
    const send: Send = async (body, count, options) => {
      most = Math.max(most, ++inFlight);
      const again = await client.putBulk({ accountId, namespaceId: bulk.namespaceId }, body, count, options);
      inFlight--;
      return again;
    };
    const value = "x".repeat(9000);
    const writing = Array.from({ length: 6 }, (_, index) =>
      new BulkRun(send, budget, { clock, onDone: () => {} }).run([pair(`key-${index}`, value)]),
    );
    expect(await Promise.all(writing)).toEqual(Array(6).fill(nothingLeft));
    expect([most, bulk.stored.length]).toEqual([3, 6]);
  });

  test("tells of keys as soon as they are written", async () => {
    const written: [string, number][] = [];
    const onDone = (keys: readonly string[]) => {
      for (const key of keys) written.push([key, bulk.emulator.log.length]);
    };
    await bulk.write(pairs(1001), { onDone });
    expect(written).toHaveLength(1001);
    expect(written[999]).toEqual(["key-000999", 1]);
    expect(written[1000]).toEqual(["key-001000", 2]);
  });
});

describe("what is too much at once", () => {
  test("is halved after a 413, and never repeated whole", async () => {
    bulk.emulator.setLimits({ maxBulkBytes: 15_000 });
    expect(await bulk.write(pairs(1000))).toMatchObject({ ...nothingLeft, done: { length: 1000 } });
    expect(bulk.emulator.log.map(({ status }) => status)).toEqual([413, 413, 413, 200, 200, 200, 200]);
    expect(new Set(bulk.emulator.log.map(({ bodyBytes }) => bodyBytes)).size).toBe(3);
    expect(bulk.stored).toEqual(keysOf(1000));
  });

  test.each([
    ["a 524", { status: 524, body: "html" }],
    ["a 504", { status: 504, body: "html" }],
    ["a 408", { status: 408 }],
  ])("is halved after %s", async (_, action) => {
    bulk.fail(action, { times: 1 });
    expect(await bulk.write(pairs(999))).toMatchObject({ ...nothingLeft, done: { length: 999 } });
    expect(bulk.requests).toEqual([`999 ${action.status}`, "500 200", "499 200"]);
  });

  test("is halved where no answer came within requestTimeout, although it was written", async () => {
    bulk.fail({ type: "delay", ms: 60_000 }, { times: 1 });
    const connection = bulk.api.connect({ requestTimeoutMs: 1000 });
    expect(await bulk.write(pairs(10), {}, connection)).toMatchObject({ ...nothingLeft, done: { length: 10 } });
    expect(bulk.requests.slice(0, 2)).toEqual(["10 200", "5 200"]);
  });

  test("makes the next requests smaller", async () => {
    bulk.fail({ status: 524, body: "html" }, { times: 1 });
    await bulk.write(pairs(9000));
    expect(bulk.requests).toEqual(["1000 524", "500 200", "500 200", "5000 200", "3000 200"]);
  });

  test("makes the next requests smaller for as long as answers are slow", async () => {
    const { connection, stranger, close } = await accepting((requests, { clock }) => {
      clock.advance(3);
      return requests === 1 ? 524 : undefined;
    });
    await write(connection, bulk.namespaceId, pairs(4000));
    await close();
    const lengths = stranger.requests.slice(1).map(({ headers }) => headers["content-length"]);
    expect([lengths.length, new Set(lengths).size]).toEqual([8, 1]);
  });

  test("is not tried again after a 413", async () => {
    bulk.emulator.setLimits({ maxBulkBytes: 3_000_000 });
    const value = "x".repeat(10_000);
    const items = keysOf(4000).map((key) => pair(key, value));
    expect(await bulk.write(items)).toMatchObject({ ...nothingLeft, done: { length: 4000 } });
    // The first, and the two that were read ahead meanwhile, with their halves.
    expect(bulk.emulator.log.map(({ status }) => status).filter((status) => status === 413)).toHaveLength(9);
  });

  test("is named when it is one pair, and the others are written", async () => {
    bulk.emulator.setLimits({ maxBulkBytes: 600 });
    const items = [...pairs(8), pair("large", "x".repeat(1000)), pair("last")];
    const { failed, unsure, done } = await bulk.write(items);
    expect(failed).toEqual([{ key: "large", reason: expect.stringMatching(/too large.*\(code \d+\)$/) }]);
    expect(unsure).toEqual([]);
    expect(done.toSorted()).toEqual([...keysOf(8), "last"]);
  });

  test("is repeated when it is one pair that took too long", async () => {
    bulk.fail({ status: 524, body: "html" }, { times: 1 });
    expect(await bulk.write(pairs(1))).toEqual({ ...nothingLeft, done: keysOf(1) });
    expect(bulk.requests).toEqual(["1 524", "1 200"]);
  });

  test("is named when one pair always takes too long, which may have been written", async () => {
    bulk.fail({ status: 524, body: "html", when: "after" }, { match: { key: "key-000007" } });
    const { failed, unsure, done, stopped } = await bulk.write(pairs(100));
    expect(failed).toEqual([{ key: "key-000007", reason: expect.stringContaining("failed with status 524") }]);
    expect(unsure).toEqual(["key-000007"]);
    expect([done.length, stopped]).toEqual([99, undefined]);
  });

  test("is named with others of its kind", async () => {
    const slow = keysOf(2000).filter((_, index) => index >= 1000 && index % 125 === 0);
    bulk.emulator.setFaults(
      slow.map((key) => ({ match: { key }, times: null, action: { status: 524, body: "html" } })),
    );
    const { failed, done, stopped } = await bulk.write(pairs(2000));
    expect(failed.map(({ key }) => key).toSorted()).toEqual(slow);
    expect([done.length, stopped]).toEqual([1992, undefined]);
  });

  test("is not to blame when no size is answered in time", async () => {
    bulk.fail({ status: 524, body: "html" });
    const { failed, unsure, done, stopped } = await bulk.write(pairs(1000));
    expect(bulk.requests).toHaveLength(6);
    expect(stopped).toMatchObject({ status: 524 });
    expect([failed, done, unsure.toSorted()]).toEqual([[], [], keysOf(1000)]);
  });
});

describe("keys that were not written everywhere", () => {
  const some = ["key-000003", "key-000500", "key-001001"];

  test("are sent again, they alone, when all else was answered", async () => {
    bulk.fail({ type: "unsuccessful", keys: some }, { times: 2 });
    const connection = bulk.api.connect();
    const waits: string[] = [];
    const onWait = (message: string) => waits.push(message);
    expect(await bulk.write(pairs(2000), { onWait }, connection)).toMatchObject({
      ...nothingLeft,
      done: { length: 2000 },
    });
    expect(bulk.requests).toEqual(["1000 200", "1000 200", "3 200"]);
    expect(bulk.emulator.log[2]?.keys?.toSorted()).toEqual(some);
    expect(connection.clock.slept).toBeGreaterThanOrEqual(1000);
    expect(waits).toEqual(["the API has not fully updated all keys; sending 3 of them again in 2 s"]);
    expect(bulk.stored).toEqual(keysOf(2000));
  });

  test("are never sent twice within a second", async () => {
    bulk.emulator.setLimits({ sameKeyPerSecond: true });
    bulk.fail({ type: "unsuccessful", fraction: 0.5 }, { times: 3 });
    expect(await bulk.write(pairs(100))).toMatchObject({ ...nothingLeft, done: { length: 100 } });
    expect(bulk.requests).toEqual(["100 200", "50 200", "25 200", "12 200"]);
  });

  test("are all sent again where an answer counts them and names none", async () => {
    bulk.fail({ type: "unsuccessful", keys: some, unnamed: true }, { times: 1 });
    expect(await bulk.write(pairs(500))).toMatchObject({ ...nothingLeft, done: { length: 500 } });
    expect(bulk.requests).toEqual(["500 200", "500 200"]);
    expect(bulk.stored).toEqual(keysOf(500));
  });

  test("are uncertain, all of them, where every answer is such", async () => {
    bulk.fail({ type: "unsuccessful", keys: some, unnamed: true });
    const { failed, unsure, done } = await bulk.write(pairs(10));
    expect([failed.length, unsure.length, done]).toEqual([10, 10, []]);
  });

  test("are named in the end, and nobody knows what the store has", async () => {
    bulk.fail({ type: "unsuccessful", keys: some });
    const { failed, unsure, done, stopped } = await bulk.write(pairs(1000));
    const reason = "the API did not update it, 6 times";
    expect(failed).toEqual(some.slice(0, 2).map((key) => ({ key, reason })));
    expect(unsure).toEqual(some.slice(0, 2));
    expect([done.length, stopped]).toEqual([998, undefined]);
    expect(bulk.requests).toEqual(["1000 200", ...Array(5).fill("2 200")]);
  });

  test("are not gathered without bound", async () => {
    let taken = 0;
    const takenBeforeRest: number[] = [];
    function* source(): Generator<BulkItem> {
      for (; taken < 300_000; taken++) yield { key: "key", json: "{}" };
    }
    const answer = JSON.stringify({ success: true, result: { unsuccessful_keys: ["key"] } });
    const { connection, close } = await accepting(() => {}, { answer });
    connection.clock.onSleep = () => void takenBeforeRest.push(taken);
    const { failed } = await write(connection, bulk.namespaceId, source());
    await close();
    expect(failed).toHaveLength(300_000);
    expect(takenBeforeRest[0]).toBeLessThanOrEqual(17 * 10_000);
  });
});

describe("a refused pair", () => {
  const bad = (key: string) => ({ key, json: JSON.stringify({ key, value: "a", expiration_ttl: 7 }) });

  test("is named with the API's words, and the others are written", async () => {
    const items = pairs(1000);
    items[456] = bad("bad");
    const { failed, unsure, done } = await bulk.write(items);
    const reason = expect.stringMatching(/Expiration TTL must be at least 60.*\(code 10034\)$/);
    expect([failed, unsure]).toEqual([[{ key: "bad", reason }], []]);
    expect(done.toSorted()).toEqual(bulk.stored);
    expect(done).toHaveLength(999);
    expect(bulk.requests.length).toBeLessThanOrEqual(21);
  });

  test("is named with others of its kind", async () => {
    const items = pairs(1000).map((item, index) => (index % 16 === 0 ? bad(item.key) : item));
    const { failed, done, stopped } = await bulk.write(items);
    expect(bulk.requests.length).toBeGreaterThan(250);
    expect([failed.length, done.length, stopped]).toEqual([63, 937, undefined]);
    expect(done.toSorted()).toEqual(bulk.stored);
  });

  test("is not to blame when all are refused", async () => {
    bulk.fail({ status: 400, code: 10999, message: "no" });
    const { failed, done, unsure, stopped } = await bulk.write(pairs(3000));
    expect([failed, done, unsure, stopped?.message]).toEqual([[], [], [], expect.stringContaining("no (code 10999)")]);
    expect(bulk.requests).toHaveLength(250);
  });
});

describe("what concerns every key", () => {
  const concerns: [name: string, action: { status: number; code?: number; body?: string }, attempts: number][] = [
    ["a credential that is refused", { status: 401, code: 10000 }, 2],
    ["a missing permission", { status: 403, code: 9109 }, 1],
    ["a missing namespace", { status: 404, code: 10013 }, 1],
    ["an id that is none", { status: 400, code: 10011 }, 1],
    ["the end of the free quota", { status: 400, code: 10048 }, 1],
    ["a rate that does not recover", { status: 429, code: 971 }, 6],
    ["a 400 that is not the API's", { status: 400, body: "html" }, 1],
    ["a server that is down", { status: 503, body: "html" }, 6],
  ];
  test.each(concerns)("stops, with what was written kept: %s", async (_, action, attempts) => {
    bulk.fail(action, { skip: 1 });
    const { failed, done, unsure, stopped } = await bulk.write(pairs(1500));
    expect(stopped).toBeInstanceOf(CloudflareError);
    expect(stopped).toMatchObject({ status: action.status });
    expect([failed, done]).toEqual([[], keysOf(1000)]);
    expect(unsure).toEqual(action.status === 503 ? keysOf(1500).slice(1000) : []);
    expect(bulk.requests).toEqual(["1000 200", ...Array(attempts).fill(`500 ${action.status}`)]);
  });

  test("stops, when nobody answers", async () => {
    const stranger = await startStranger(() => {});
    await stranger.close();
    const connection = new Connection(stranger.url);
    const { unsure, stopped } = await write(connection, bulk.namespaceId, pairs(10));
    await connection.transport.close();
    expect(unsure).toEqual([]);
    expect(stopped?.message).toMatch(/ECONNREFUSED.*\(tried 6 times/);
  });

  test("gives up what waits, and lets end what is in flight", async () => {
    const refused = { status: 403, code: 9109 };
    bulk.emulator.setFaults([
      { match: { key: "key-001000" }, times: null, action: { status: 429, retryAfter: 200 } },
      { match: { key: "key-011000" }, action: { type: "delay", ms: 200 } },
      { match: { key: "key-021000" }, action: refused },
    ]);
    const connection = bulk.api.connect();
    connection.clock.onSleep = () => until(() => bulk.emulator.log.some(({ status }) => status === 403));
    const { done, unsure, stopped } = await bulk.write(pairs(31_000), {}, connection);
    expect(stopped).toMatchObject({ status: 403 });
    expect(unsure).toEqual([]);
    expect(done.toSorted()).toEqual([...keysOf(1000), ...keysOf(21_000).slice(11_000)]);
    expect(bulk.stored).toEqual(done.toSorted());
    expect(bulk.requests).toHaveLength(4);
  });

  test("is no concern when an unclear failure was followed by a success", async () => {
    bulk.fail({ type: "drop", when: "after" }, { times: 1 });
    expect(await bulk.write(pairs(5))).toEqual({ ...nothingLeft, done: keysOf(5) });
  });
});

describe("a source that fails", () => {
  test("stops, with what was written kept", async () => {
    async function* source() {
      yield pairs(1500);
      throw new Error("the file is gone");
    }
    const { done, failed, unsure, stopped } = await bulk.write(source());
    expect([failed, unsure, stopped?.message]).toEqual([[], [], "the file is gone"]);
    expect(done).toEqual(bulk.stored);
  });

  test("is ended where not all of it was read", async () => {
    let isEnded = false;
    async function* source() {
      try {
        for (let index = 0; ; index++) yield [pair(`key-${index}`)];
      } finally {
        isEnded = true;
      }
    }
    bulk.fail({ status: 403, code: 9109 });
    await bulk.write(source());
    expect(isEnded).toBe(true);
  });
});

describe("a cancelled bulk write", () => {
  test("sends nothing more, lets end what is in flight and counts it", async () => {
    const controller = new AbortController();
    bulk.fail({ type: "delay", ms: 100 }, { skip: 1, times: 1 });
    const writing = bulk.write(pairs(200_000), { signal: controller.signal });
    await until(() => bulk.emulator.log.length > 2);
    controller.abort(new Error("Ctrl-C"));
    const { done, failed, unsure, stopped } = await writing;
    expect(stopped).toBeInstanceOf(CancelledError);
    expect(stopped?.message).toMatch(/ was given up: Ctrl-C$/);
    expect(failed).toEqual([]);
    // What is in flight has half a second: on a busy machine some of it is given up.
    const [stored, told, known] = [new Set(bulk.stored), new Set([...done, ...unsure]), new Set(done)];
    expect([...stored].filter((key) => !told.has(key))).toEqual([]);
    expect([...known].filter((key) => !stored.has(key))).toEqual([]);
    expect(known.size).toBeGreaterThan(1000);
    expect(bulk.requests.length).toBeLessThanOrEqual(1 + 8 + 1);
  });

  test("says of which keys nobody knows", async () => {
    const controller = new AbortController();
    bulk.fail({ type: "unsuccessful", keys: ["key-000001"] });
    const connection = bulk.api.connect();
    connection.clock.onSleep = () => controller.abort(new Error("Ctrl-C"));
    const { done, unsure, stopped } = await bulk.write(pairs(3), { signal: controller.signal }, connection);
    expect(stopped).toBeInstanceOf(CancelledError);
    expect([done, unsure]).toEqual([["key-000000", "key-000002"], ["key-000001"]]);
    expect(bulk.requests).toHaveLength(1);
  });

  test("is complete when all was written", async () => {
    const controller = new AbortController();
    const onDone = () => controller.abort();
    expect(await bulk.write(pairs(3), { signal: controller.signal, onDone })).toEqual({
      ...nothingLeft,
      done: keysOf(3),
    });
  });
});

test("no text says a value", async () => {
  const texts: string[] = [];
  const onWait = (message: string) => texts.push(message);
  const items = [
    pair("good", sentinels.value),
    { key: "bad", json: JSON.stringify({ key: "bad", value: sentinels.value, base64: true }) },
    pair("slow", sentinels.value),
  ];
  for (const action of [{ status: 524 }, { status: 503 }, { type: "unsuccessful", fraction: 1 }] as const) {
    bulk.fail(action, { match: { key: "slow" } });
    const { stopped, ...outcome } = await bulk.write(items, { onWait });
    texts.push(JSON.stringify(outcome), String(stopped?.stack));
  }
  expect(texts.length).toBeGreaterThan(6);
  expect(texts.join()).not.toContain("sentinel");
});

describe("a bulk delete", () => {
  test("deletes keys, whether they exist or not, and no others", async () => {
    await bulk.write(pairs(3000));
    bulk.emulator.clearLog();
    const gone = [...keysOf(3000).slice(500), "never-there"];
    expect(await bulk.remove(gone)).toEqual({ ...nothingLeft, done: gone });
    expect(bulk.requests).toEqual(["1000 200", "1501 200"]);
    expect(bulk.emulator.log[0]?.operation).toBe("bulk.delete");
    expect(bulk.stored).toEqual(keysOf(500));
  });

  test("sends exactly the unsuccessful keys again", async () => {
    await bulk.write(pairs(10));
    bulk.emulator.clearLog();
    bulk.fail({ type: "unsuccessful", keys: ["key-000004"] }, { times: 1 });
    expect(await bulk.remove(keysOf(10))).toMatchObject({ ...nothingLeft, done: { length: 10 } });
    expect(bulk.requests).toEqual(["10 200", "1 200"]);
    expect(bulk.stored).toEqual([]);
  });
});
