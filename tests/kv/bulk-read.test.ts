import type { BulkValue } from "../../provider/kv/answers";
import { serializePair } from "../../provider/kv/bulk";
import { readBulk } from "../../provider/kv/bulk-read";
import { until } from "../until";
import { accountId, Connection, failureOf, sentinels, startStranger } from "./api";
import { BulkApi, keysOf, pair, pairs } from "./bulk-api";

let bulk: BulkApi;
beforeEach(async () => {
  bulk = await BulkApi.start();
});
afterEach(() => bulk.close());

const binary = (key: string) => ({ key, json: serializePair(key, { value: "//4=", base64: true }) });

/** What was read, and the keys that are left to be read one by one. */
async function read(keys: Iterable<string>, signal?: AbortSignal) {
  const found = new Map<string, BulkValue | undefined>();
  const onRead = (key: string, value: BulkValue | undefined) => void found.set(key, value);
  const { client } = bulk.api.connect();
  const single = await readBulk(client, { accountId, namespaceId: bulk.namespaceId }, keys, { onRead, signal });
  return { found, single };
}

async function store(items: ReturnType<typeof pair>[]): Promise<void> {
  expect((await bulk.write(items)).done).toHaveLength(items.length);
  bulk.emulator.clearLog();
}

describe("a bulk read", () => {
  test("gives values, metadata and expiration, and tells what is absent", async () => {
    const json = [
      serializePair("text", { value: "ä\u0000", metadata: { a: 1 }, expiration: 2_000_000_000 }),
      serializePair("empty", { value: "", metadata: 0 }),
      serializePair("null", { value: "null" }),
      serializePair("__proto__", { value: "a" }),
    ];
    await store(json.map((json) => ({ key: JSON.parse(json).key, json })));
    const { found, single } = await read(["text", "empty", "null", "__proto__", "absent", "constructor"]);
    expect(single).toEqual([]);
    expect([...found]).toEqual([
      ["text", { value: "ä\u0000", metadata: { a: 1 }, expiration: 2_000_000_000 }],
      ["empty", { value: "", metadata: 0, expiration: undefined }],
      ["null", { value: "null", metadata: null, expiration: undefined }],
      ["__proto__", { value: "a", metadata: null, expiration: undefined }],
      ["absent", undefined],
      ["constructor", undefined],
    ]);
  });

  test("asks for a hundred keys at once", async () => {
    await store(pairs(1001));
    const { found } = await read(keysOf(1001));
    expect(bulk.requests.toSorted()).toEqual(["1 200", ...Array(10).fill("100 200")]);
    expect([...found].map(([, pair]) => pair?.value).toSorted()).toEqual(keysOf(1001).map((key) => `value of ${key}`));
  });

  test("finds the values that are not text, and reads all others", async () => {
    await store([...pairs(198), binary("binary-1"), binary("binary-2")]);
    const { found, single } = await read(["binary-1", ...keysOf(198), "binary-2"]);
    expect(single.toSorted()).toEqual(["binary-1", "binary-2"]);
    expect(found.size).toBe(198);
    expect(bulk.requests.length).toBeLessThanOrEqual(2 * 15);
  });

  test("asks for less where the answer would be too large, and names what alone is", async () => {
    bulk.emulator.setLimits({ maxBulkGetBytes: 200 });
    await store([...pairs(40), pair("large", "x".repeat(201))]);
    const { found, single } = await read([...keysOf(40), "large"]);
    expect(single).toEqual(["large"]);
    expect([...found.keys()].toSorted()).toEqual(keysOf(40));
  });

  const forms: [name: string, values: string, found: BulkValue | undefined][] = [
    ["a pair without metadata", '{"key":{"value":""}}', { value: "", metadata: null, expiration: undefined }],
    ["a pair whose value is null", '{"key":{"value":null,"metadata":null}}', undefined],
    ["a map without the key", "{}", undefined],
  ];
  test.each(forms)("takes %s", async (_, values, expected) => {
    const stranger = await startStranger((response) =>
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(`{"success":true,"result":{"values":${values}}}`),
    );
    const { client, transport } = new Connection(stranger.url);
    const found = new Map<string, BulkValue | undefined>();
    await readBulk(client, { accountId, namespaceId: bulk.namespaceId }, ["key"], {
      onRead: (key, value) => void found.set(key, value),
    });
    await transport.close();
    await stranger.close();
    expect([...found]).toEqual([["key", expected]]);
  });

  test("takes nothing for absent that is no answer", async () => {
    bulk.fail({ type: "resultNull" });
    expect((await failureOf(read(["key"]))).message).toContain("not as the API does");
  });

  test("outlasts what passes", async () => {
    await store(pairs(300));
    bulk.fail({ status: 524, body: "html" }, { times: 2 });
    expect((await read(keysOf(300))).found.size).toBe(300);
  });

  test("fails with what concerns every key, and asks no more", async () => {
    await store(pairs(1));
    bulk.fail({ status: 403, code: 9109 }, { skip: 1 });
    const error = await failureOf(read(keysOf(5000)));
    expect(error).toMatchObject({ name: "CloudflareError", status: 403, ambiguous: false });
    expect(bulk.requests.length).toBeLessThanOrEqual(16);
  });

  test("fails after six timeouts in a row", async () => {
    bulk.fail({ status: 524, body: "html" });
    expect(await failureOf(read(["key"]))).toMatchObject({ status: 524, ambiguous: false });
    expect(bulk.requests).toHaveLength(6);
  });

  test("ends at once when it is cancelled", async () => {
    const controller = new AbortController();
    bulk.fail({ type: "delay", ms: 60_000 });
    const reading = failureOf(read(keysOf(3000), controller.signal));
    await until(() => bulk.emulator.log.length > 0);
    controller.abort(new Error("Ctrl-C"));
    expect(await reading).toMatchObject({ name: "CancelledError", ambiguous: false });
  });

  test("says no value in an error", async () => {
    await store([pair("key", sentinels.value)]);
    bulk.fail({ type: "truncate" });
    const { message, stack } = await failureOf(read(["key"]));
    expect(`${message}${stack}`).not.toContain("sentinel");
  });
});
