import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import { Coalescer } from "../../provider/kv/coalescer";
import { readValues } from "../../provider/kv/stored-value";
import { Api, accountId } from "./api";

let api: Api;
beforeAll(async () => {
  api = await Api.start();
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => api.close());

/** A signal holds all that its listeners know, and the one of an operation lives as long as the operation. */
test("once answers have come, no signal that they were awaited by has a listener", async () => {
  const { client, clock } = api.connect();
  const signals: AbortSignal[] = [];
  const any = AbortSignal.any.bind(AbortSignal);
  jest.spyOn(AbortSignal, "any").mockImplementation((parts) => {
    const signal = any(parts);
    signals.push(signal);
    return signal;
  });
  const { signal } = new AbortController();
  signals.push(signal);
  const { id: namespaceId } = await client.createNamespace(accountId, { title: "site" }, { signal });
  const keys = new Coalescer(client, clock);
  const names = Array.from({ length: 250 }, (_, index) => `key-${index}`);
  const at = (key: string) => ({ accountId, namespaceId, key });
  await Promise.all(names.map((key) => keys.put(at(key), { value: Buffer.from(key) }, { signal })));
  await Promise.all(names.map((key) => keys.get(at(key), false, { signal })));
  await readValues(client, { accountId, namespaceId }, names, { signal }, () => {});
  await Promise.all(names.map((key) => keys.delete(at(key), { signal })));
  await setImmediate();
  expect(signals.length).toBeGreaterThan(5);
  expect(signals.map((one) => getEventListeners(one, "abort").length)).toEqual(signals.map(() => 0));
});
