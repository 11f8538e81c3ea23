import { setTimeout as delay } from "node:timers/promises";
import { Coalescer } from "../../provider/kv/coalescer";
import { CancelledError, CloudflareError, isAmbiguous, isNamespaceGone } from "../../provider/kv/error";
import { until } from "../until";
import { Api, accountId, type Connection, failureOf } from "./api";

let api: Api;
let connection: Connection;
let keys: Coalescer;
let namespaceId: string;

beforeAll(async () => {
  api = await Api.start();
});
beforeEach(async () => {
  api.emulator.setFaults([]);
  connection = api.connect();
  keys = new Coalescer(connection.client, connection.clock);
  namespaceId = (await connection.client.createNamespace(accountId, { title: `${Math.random()}` })).id;
  api.emulator.clearLog();
});
afterAll(() => api.close());

const at = (key: string) => ({ accountId, namespaceId, key });
const bytes = (text: string) => ({ value: Buffer.from(text) });
const put = (key: string, value = `value of ${key}`) => keys.put(at(key), bytes(value));
const text = (key: string) => api.emulator.entry(namespaceId, key)?.value.toString();
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `key-${index}`);
const operations = () => api.emulator.log.map(({ operation }) => operation);

/** As if each had been asked for alone: what each came to. */
function outcomes(promises: readonly Promise<unknown>[]): Promise<(string | Error)[]> {
  return Promise.all(
    promises.map((promise) =>
      promise.then(
        () => "done",
        (error: Error) => error,
      ),
    ),
  );
}

test("one alone is as it was", async () => {
  await put("a");
  expect((await keys.get(at("a"), false))?.value.toString()).toBe("value of a");
  connection.clock.advance(1);
  await keys.delete(at("a"));
  expect(operations().sort()).toEqual(["metadata.get", "values.delete", "values.get", "values.put"]);
});

test("what comes together is one request of each kind", async () => {
  const all = numbered(90);
  await Promise.all(all.map((key) => put(key)));
  const found = await Promise.all(all.map((key) => keys.get(at(key), false)));
  expect(found.map((stored) => stored?.value.toString())).toEqual(all.map((key) => `value of ${key}`));
  connection.clock.advance(1);
  await Promise.all(all.map((key) => keys.delete(at(key))));
  expect([operations(), api.emulator.keys(namespaceId)]).toEqual([["bulk.put", "bulk.get", "bulk.delete"], []]);
});

describe("while a request is in flight", () => {
  /** Until the first is answered, so many others come, too far apart to be at the same time. */
  async function during(operation: string, act: (key: string) => Promise<unknown>): Promise<string[]> {
    api.emulator.setFaults([{ match: { operation }, times: 1, action: { type: "delay", ms: 300 } }]);
    api.emulator.clearLog();
    const all = [act("first")];
    await until(() => api.emulator.log.length > 0);
    for (const key of numbered(5)) {
      all.push(act(key));
      await delay(20);
    }
    await Promise.all(all);
    return operations();
  }

  test("what comes shares the next", async () => {
    expect(await during("values.put", (key) => put(key))).toEqual(["values.put", "bulk.put"]);
    const read = await during("values.get", (key) => keys.get(at(key), false));
    expect(read.sort()).toEqual(["bulk.get", "metadata.get", "values.get"]);
    connection.clock.advance(1);
    expect(await during("values.delete", (key) => keys.delete(at(key)))).toEqual(["values.delete", "bulk.delete"]);
    expect(api.emulator.keys(namespaceId)).toEqual([]);
  });

  test("one that came has a request of its own, and its value as it is", async () => {
    api.emulator.setFaults([{ match: { operation: "values.put" }, times: 1, action: { type: "delay", ms: 100 } }]);
    const first = put("a");
    await until(() => api.emulator.log.length > 0);
    await Promise.all([first, put("b")]);
    expect(operations()).toEqual(["values.put", "values.put"]);
  });

  test("one that is given up is not sent, and ends before that is answered", async () => {
    api.emulator.setFaults([{ match: { operation: "values.put" }, times: 1, action: { type: "delay", ms: 60_000 } }]);
    const first = new AbortController();
    const sent = outcomes([keys.put(at("a"), bytes("v"), { signal: first.signal })]);
    await until(() => api.emulator.log.length > 0);
    const controller = new AbortController();
    const waiting = failureOf(keys.put(at("b"), bytes("v"), { signal: controller.signal }));
    controller.abort(new Error("Ctrl-C"));
    const error = await waiting;
    expect([error.message, isAmbiguous(error)]).toEqual(['The request for the key "b" was given up: Ctrl-C', false]);
    first.abort(new Error("Ctrl-C"));
    await sent;
    expect(operations()).toEqual(["values.put"]);
  });

  test("that fails, those that wait for it are sent all the same", async () => {
    api.emulator.setFaults([{ match: { key: "a" }, action: { status: 400 } }]);
    const first = outcomes([put("a")]);
    await delay(10);
    expect(await outcomes([put("b"), put("c")])).toEqual(["done", "done"]);
    expect((await first)[0]).toBeInstanceOf(CloudflareError);
  });
});

test("when half of the budget is used, more come while one waits, and each is told why", async () => {
  const { client, clock } = api.connect({ requestsPerFiveMinutes: 20 });
  const paced = new Coalescer(client, clock);
  for (let count = 0; count < 10; count++) await client.listNamespaces(accountId);
  api.emulator.clearLog();
  const told: string[] = [];
  const write = (key: string) => paced.put(at(key), bytes("v"), { onWait: (message) => void told.push(message) });
  await write("first");
  const others: Promise<void>[] = [];
  clock.onSleep = () => void (others.length < 3 && others.push(write(`other ${others.length}`)));
  await write("second");
  await Promise.all(others);
  expect(operations()).toEqual(["values.put", "bulk.put"]);
  const why = "55 % of the requests of five minutes are used; waiting 4 s for others to share the next one";
  expect(told).toEqual([why, why]);
});

test("each is stored and read as it is: bytes, metadata, expiration", async () => {
  const expiration = connection.clock.seconds + 600;
  const value = Buffer.from([0xff, 0, 0xfe]);
  await Promise.all([
    keys.put(at("binary"), { value, metadata: { a: [1] } }),
    keys.put(at("until"), { ...bytes("\ufeffé"), expiration }),
    keys.put(at("ttl"), { ...bytes(""), expirationTtl: 60, metadata: null }),
  ]);
  expect(operations()).toEqual(["bulk.put"]);
  const read = (key: string) => keys.get(at(key), false);
  expect(await Promise.all([read("binary"), read("until"), read("ttl"), read("absent")])).toEqual([
    { value, metadata: { a: [1] }, expiration: undefined },
    { value: Buffer.from("\ufeffé"), metadata: null, expiration },
    { value: Buffer.alloc(0), metadata: null, expiration: connection.clock.seconds + 60 },
    undefined,
  ]);
});

test("what is known to be no text is read alone, and the others together", async () => {
  await Promise.all(["a", "b", "c"].map((key) => put(key)));
  api.emulator.clearLog();
  await Promise.all([keys.get(at("a"), true), keys.get(at("b"), false), keys.get(at("c"), false)]);
  expect(operations().sort()).toEqual(["bulk.get", "metadata.get", "values.get"]);
});

test("a large value travels alone", async () => {
  await Promise.all([put("a"), put("b"), put("large", "x".repeat(256 * 1024 + 1))]);
  expect(operations().sort()).toEqual(["bulk.put", "values.put"]);
});

test("namespaces are kept apart", async () => {
  const other = (await connection.client.createNamespace(accountId, { title: `${Math.random()}` })).id;
  api.emulator.clearLog();
  await Promise.all([
    put("a"),
    put("b"),
    ...["a", "b"].map((key) => keys.put({ ...at(key), namespaceId: other }, bytes("o"))),
  ]);
  expect([operations(), text("a")]).toEqual([["bulk.put", "bulk.put"], "value of a"]);
});

test("one that is refused has its own error, and the others are written", async () => {
  const past = connection.clock.seconds - 600;
  const [refused, ...others] = await outcomes([
    keys.put(at("past"), { ...bytes("v"), expiration: past }),
    ...numbered(20).map((key) => put(key)),
  ]);
  const alone = await failureOf(connection.client.putValue(at("past"), { ...bytes("v"), expiration: past }));
  expect([(refused as Error).message, (refused as CloudflareError).errors]).toEqual([alone.message, alone.errors]);
  expect(others).toEqual(numbered(20).map(() => "done"));
  expect(api.emulator.keys(namespaceId)).toHaveLength(20);
});

test("what is not fully updated is sent again", async () => {
  api.emulator.setFaults([{ match: { operation: "bulk.put" }, action: { type: "unsuccessful", keys: ["b"] } }]);
  expect(await outcomes([put("a"), put("b")])).toEqual(["done", "done"]);
  expect([text("a"), text("b")]).toEqual(["value of a", "value of b"]);
});

test("what nobody answers is nobody's knowledge, for each of them", async () => {
  api.emulator.setFaults([{ match: { operation: "bulk.put" }, times: null, action: { status: 503 } }]);
  const errors = await outcomes([put("a"), put("b")]);
  expect(errors.map((error) => [error instanceof CloudflareError, isAmbiguous(error)])).toEqual([
    [true, true],
    [true, true],
  ]);
});

test("that the namespace is gone is told to each of them", async () => {
  await connection.client.deleteNamespace(accountId, namespaceId);
  const reads = ["a", "b"].map((key) => keys.get(at(key), false));
  const errors = await outcomes([...reads, ...["c", "d"].map((key) => keys.delete(at(key)))]);
  expect(errors.map(isNamespaceGone)).toEqual([true, true, true, true]);
});

test("a failed read of a hundred fails no other", async () => {
  api.emulator.setFaults([{ match: { operation: "bulk.get" }, action: { status: 429, code: 10048 } }]);
  const results = await outcomes(numbered(150).map((key) => keys.get(at(key), false)));
  expect([100, 50]).toContain(results.filter((result) => result === "done").length);
});

describe("of one key", () => {
  test("the last that was asked for is what is stored, one a second", async () => {
    api.emulator.setLimits({ sameKeyPerSecond: true });
    await Promise.all([put("a", "1"), put("a", "2"), keys.delete(at("a")), put("a", "3"), put("b")]);
    api.emulator.setLimits({});
    expect([text("a"), text("b")]).toEqual(["3", "value of b"]);
    expect(api.emulator.log.filter(({ status }) => status !== 200)).toEqual([]);
  });

  test("a write that failed does not hold up the next", async () => {
    api.emulator.setFaults([{ match: { key: "a" }, action: { status: 400 } }]);
    expect((await outcomes([put("a", "1")]))[0]).toBeInstanceOf(CloudflareError);
    await put("a", "2");
    expect(text("a")).toBe("2");
  });
});

describe("one that is given up", () => {
  const given = (controller: AbortController, key: string) =>
    keys.put(at(key), bytes("v"), { signal: controller.signal });

  test("before it is sent is not sent", async () => {
    const controller = new AbortController();
    const all = outcomes([given(controller, "a"), put("b"), put("c")]);
    controller.abort(new Error("Ctrl-C"));
    const [error, ...others] = await all;
    expect([(error as Error).message, isAmbiguous(error), others]).toEqual([
      'The request for the key "a" was given up: Ctrl-C',
      false,
      ["done", "done"],
    ]);
    expect(api.emulator.keys(namespaceId)).toEqual(["b", "c"]);
  });

  test("while others travel with it ends for itself, and theirs goes on", async () => {
    const controller = new AbortController();
    api.emulator.setFaults([{ match: { operation: "bulk.put" }, action: { type: "delay", ms: 1500 } }]);
    const all = [given(controller, "a"), put("b")];
    await until(() => api.emulator.log.length > 0);
    controller.abort(new Error("its time is over"));
    const error = await failureOf(all[0] as Promise<void>);
    expect([error, isAmbiguous(error)]).toEqual([expect.any(CancelledError), true]);
    await all[1];
    expect(text("b")).toBe("value of b");
  });

  test("with all that travel with it ends their request", async () => {
    const controller = new AbortController();
    api.emulator.setFaults([{ match: { operation: "bulk.put" }, times: null, action: { type: "delay", ms: 60_000 } }]);
    const all = outcomes([given(controller, "a"), given(controller, "b")]);
    await until(() => api.emulator.log.length > 0);
    controller.abort(new Error("Ctrl-C"));
    expect((await all).map((error) => [error instanceof CancelledError, isAmbiguous(error)])).toEqual([
      [true, true],
      [true, true],
    ]);
  });
});

test("what there is to wait for is told to each", async () => {
  api.emulator.setFaults([{ match: { operation: "bulk.put" }, action: { status: 429, retryAfter: 30 } }]);
  const told: string[] = [];
  const onWait = (message: string) => void told.push(message);
  await Promise.all(["a", "b"].map((key) => keys.put(at(key), bytes("v"), { onWait })));
  expect(told.filter((message) => message.endsWith("continuing in 30 s"))).toHaveLength(2);
});
