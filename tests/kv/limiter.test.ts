import { Limiter } from "../../provider/kv/limiter";
import { FakeClock } from "../fake-clock";
import { Api, accountId } from "./api";

let api: Api;
beforeAll(async () => {
  api = await Api.start();
});
beforeEach(() => {
  api.emulator.setFaults([]);
  api.emulator.setLimits({});
  api.emulator.clearLog();
});
afterAll(() => api.close());

const many = (count: number) => Array.from({ length: count }, (_, index) => index);
const sentAt = () => api.emulator.log.map(({ at }) => at);

describe("requests in flight", () => {
  test.each([1, 3])("are never more than maxConcurrency: %i", async (maxConcurrency) => {
    const { client } = api.connect({ maxConcurrency });
    api.emulator.setFaults([{ action: { type: "delay", ms: 30 }, times: null }]);
    const arrived: number[] = [];
    const all = Promise.all(
      many(9).map(async () => {
        await client.listNamespaces(accountId);
        arrived.push(api.emulator.log.length);
      }),
    );
    await all;
    expect(api.emulator.log).toHaveLength(9);
    expect(arrived.every((sent, answered) => sent <= answered + maxConcurrency)).toBe(true);
    expect(arrived.some((sent, answered) => sent === answered + maxConcurrency)).toBe(true);
  });

  test("give their place back when they fail", async () => {
    const { client } = api.connect({ maxConcurrency: 1 });
    api.emulator.setFaults([{ action: { status: 400 }, times: 3 }]);
    const outcomes = await Promise.allSettled(many(5).map(() => client.listNamespaces(accountId)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  });

  test("do not keep a place while they wait to be repeated", async () => {
    const { client } = api.connect({ maxConcurrency: 1 });
    api.emulator.setFaults([{ match: { operation: "namespaces.list" }, action: { status: 503 }, times: 5 }]);
    const slow = client.listNamespaces(accountId);
    await client.getNamespace(accountId, "f".repeat(32)).catch(() => {});
    await slow;
    expect(api.requests.indexOf("namespaces.get 404")).toBeLessThan(2);
  });
});

describe("the used share of the budget", () => {
  test("is what was sent in the last five minutes", async () => {
    const { client, clock } = api.connect({ requestsPerFiveMinutes: 4 });
    const shares = [client.usedShare];
    for (const _ of many(3)) {
      await client.listNamespaces(accountId);
      shares.push(client.usedShare);
    }
    clock.advance(300);
    expect([...shares, client.usedShare]).toEqual([0, 0.25, 0.5, 0.75, 0]);
  });

  test("is what the API says, where that is more, until it says that it ends", async () => {
    const clock = new FakeClock();
    const limiter = new Limiter(clock);
    limiter.adjust({ maxConcurrency: 8, requestsPerFiveMinutes: 1000 });
    await limiter.enter(() => Promise.reject(new Error("nothing is to be waited for")));
    limiter.observe({ left: 324, quota: 1200, resetMs: 60_000 });
    // A share is left to the other tools.
    expect(limiter.usedShare).toBe(0.75);
    clock.advance(60);
    expect(limiter.usedShare).toBe(0.001);
    limiter.observe({ left: 10, quota: undefined, resetMs: 60_000 });
    expect(limiter.usedShare).toBe(0.001);
  });
});

describe("requestsPerFiveMinutes", () => {
  test("lets so many pass, and the next when the first is five minutes old", async () => {
    const { client, clock } = api.connect({ requestsPerFiveMinutes: 3 });
    const start = clock.now();
    const told: string[] = [];
    for (const _ of many(7)) await client.listNamespaces(accountId, { onWait: (message) => told.push(message) });
    expect(sentAt().map((at) => (at - start) / 1000)).toEqual([0, 0, 0, 300, 300, 300, 600]);
    expect(told[0]).toBe("3 requests sent within five minutes (requestsPerFiveMinutes); continuing in 300 s");
  });

  test("counts repeated requests too", async () => {
    const { client, clock } = api.connect({ requestsPerFiveMinutes: 2 });
    const start = clock.now();
    api.emulator.setFaults([{ action: { status: 503 }, times: 2 }]);
    await client.listNamespaces(accountId);
    expect(sentAt().map((at) => (at - start) / 1000)).toEqual([0, 0.5, 300]);
  });
});

/** The real limit; whoever exceeds it is blocked for a whole window. */
const rate = { requests: 1200, windowSeconds: 300 };
const blocks = () => api.emulator.log.filter(({ status }) => status === 429).length;

describe("the API's own limit", () => {
  test("blocks none of three thousand requests", async () => {
    const { client } = api.connect();
    api.emulator.setLimits({ rate });
    await Promise.all(many(3000).map(() => client.listNamespaces(accountId)));
    expect([api.emulator.log.length, blocks()]).toEqual([3000, 0]);
  });

  test("blocks none, too, of who would send more than it permits", async () => {
    const { client } = api.connect({ requestsPerFiveMinutes: 5000 });
    api.emulator.setLimits({ rate });
    await Promise.all(many(3000).map(() => client.listNamespaces(accountId)));
    expect([api.emulator.log.length, blocks()]).toEqual([3000, 0]);
  });

  test("is kept where others spend it beside us, before and meanwhile", async () => {
    const { client, clock } = api.connect();
    api.emulator.setLimits({ rate });
    const others = api.connect({ clock });
    await Promise.all(many(700).map(() => others.client.listNamespaces(accountId)));
    await Promise.all(
      many(900).map(async (index) => {
        if (index % 3 === 0) await others.client.listNamespaces(accountId);
        await client.listNamespaces(accountId);
      }),
    );
    expect([api.emulator.log.length, blocks()]).toEqual([1900, 0]);
  });

  test("is named where it is waited for", async () => {
    const { client } = api.connect();
    const told: string[] = [];
    api.emulator.setLimits({ rate: { requests: 3, windowSeconds: 60 } });
    for (const _ of many(4)) await client.listNamespaces(accountId, { onWait: (message) => told.push(message) });
    expect(told[0]).toBe("the API's limit is nearly reached, by all tools together; continuing in 60 s");
    expect(blocks()).toBe(0);
  });
});

describe("a credential that the API has blocked", () => {
  test("sends nothing until the block is over, whoever asks", async () => {
    const { client, clock } = api.connect({ maxConcurrency: 2 });
    const start = clock.now();
    api.emulator.setFaults([{ action: { status: 429, retryAfter: 120 } }]);
    await Promise.all(many(6).map(() => client.listNamespaces(accountId)));
    const early = api.emulator.log.filter(({ at }) => at < start + 120_000);
    expect(early.length).toBeLessThanOrEqual(2);
    expect(api.emulator.log).toHaveLength(7);
  });

  test("is not blocked by what concerns one key only", async () => {
    const { client, clock } = api.connect();
    const sleeping = Promise.withResolvers<void>();
    const awake = Promise.withResolvers<void>();
    clock.onSleep = () => {
      sleeping.resolve();
      return awake.promise;
    };
    api.emulator.setFaults([{ action: { status: 429, code: 10022, retryAfter: 1 } }]);
    const slow = client.listNamespaces(accountId);
    await sleeping.promise;
    await client.listNamespaces(accountId);
    awake.resolve();
    await slow;
    expect(api.emulator.log).toHaveLength(3);
  });

  test("is told what it waits for", async () => {
    const { client } = api.connect({ maxConcurrency: 1 });
    const told: string[] = [];
    api.emulator.setFaults([{ action: { status: 429, retryAfter: 60 } }]);
    const first = client.listNamespaces(accountId);
    await client.listNamespaces(accountId, { onWait: (message) => told.push(message) });
    await first;
    expect(told[0]).toMatch(/^status 429: .* \(code 971\); continuing in \d+ s$/);
  });
});
