import type { FaultAction } from "../../provider/emulator/fault";
import { CancelledError, CloudflareError } from "../../provider/kv/error";
import { until } from "../until";
import { Api, accountId, Connection, failureOf, sentinels, startStranger } from "./api";

let api: Api;
let namespaceId: string;
beforeAll(async () => {
  api = await Api.start();
});
beforeEach(async () => {
  api.emulator.setFaults([]);
  const { client } = api.connect();
  ({ id: namespaceId } = await client.createNamespace(accountId, { title: `test ${Math.random()}` }));
  api.emulator.clearLog();
});
afterAll(() => api.close());

const address = () => ({ accountId, namespaceId, key: "key" });
const value = Buffer.from(sentinels.value);
const fail = (action: FaultAction, times: number | null = null) => api.emulator.setFaults([{ action, times }]);

/** Every failure for ever, as a PUT of a value and a POST of a namespace meet it. */
interface Rung {
  attempts: { put: number; post: number };
  /** Whether the PUT, and whether the POST, may have taken effect. */
  ambiguous: [put: boolean, post: boolean];
  says: string;
}

const unclear = { attempts: { put: 6, post: 1 }, ambiguous: [true, true] } as const;
const refused = { attempts: { put: 1, post: 1 }, ambiguous: [false, false] } as const;
const limited = { attempts: { put: 6, post: 6 }, ambiguous: [false, false] } as const;
const serverSays = (status: number) => `failed with status ${status}: service temporarily unavailable (code 10001)`;

const ladder: [name: string, action: FaultAction, rung: Rung][] = [
  ["a 500", { status: 500 }, { ...unclear, says: serverSays(500) } as Rung],
  ["a 503", { status: 503 }, { ...unclear, says: serverSays(503) } as Rung],
  [
    "a 503 page of HTML",
    { status: 503, body: "html" },
    { ...unclear, says: "failed with status 503, and no reason in the answer" } as Rung,
  ],
  [
    "a 524 page of HTML",
    { status: 524, body: "html" },
    { ...unclear, says: "failed with status 524, and no reason in the answer" } as Rung,
  ],
  ["a 408", { status: 408 }, { ...unclear, says: "failed with status 408" } as Rung],
  ["code 10001 with a 400", { status: 400, code: 10001 }, { ...unclear, says: serverSays(400) } as Rung],
  [
    "a success that is a page",
    { type: "contentType", value: "text/html" },
    { ...unclear, says: "failed with status 200, but the answer is not the API's (tried" } as Rung,
  ],
  [
    "a connection dropped before",
    { type: "drop", when: "before" },
    { ...unclear, says: "failed: no answer: " } as Rung,
  ],
  ["a connection dropped after", { type: "drop", when: "after" }, { ...unclear, says: "failed: no answer: " } as Rung],
  ["an answer cut in two", { type: "truncate" }, { ...unclear, says: "failed: no answer: " } as Rung],
  [
    "a 429",
    { status: 429 },
    {
      ...limited,
      says: "failed with status 429: Please wait and consider throttling your request speed (code 971)",
    } as Rung,
  ],
  [
    "code 971 under status 200",
    { type: "code971" },
    {
      ...limited,
      says: "failed with status 200 and an error: Please wait and consider throttling your request speed (code 971)",
    } as Rung,
  ],
  ["a 429 without a code", { status: 429, body: "html" }, { ...limited, says: "failed with status 429" } as Rung],
  ["code 971 with a 500", { status: 500, code: 971 }, { ...limited, says: "(code 971)" } as Rung],
  [
    "an authentication error",
    { status: 401, code: 10000 },
    {
      attempts: { put: 2, post: 2 },
      ambiguous: [false, false],
      says:
        "failed with status 401: Authentication error (code 10000) (tried 2 times in 1 s); " +
        'check the API token, and that it has the permission "Workers KV Storage Write"',
    },
  ],
  [
    "a 403",
    { status: 403, code: 9109, message: "no access" },
    { ...refused, says: 'no access (code 9109); check the API token, and that it has the permission "W' } as Rung,
  ],
  [
    "the free limit, as a 429",
    { status: 429, code: 10048 },
    { ...refused, says: "for today (code 10048); wait for the next day (UTC), or change the plan" } as Rung,
  ],
  ["a 400", { status: 400, code: 10033 }, { ...refused, says: "failed with status 400" } as Rung],
  ["a 404", { status: 404 }, { ...refused, says: "failed with status 404: No route for the URI (code 7003)" } as Rung],
  ["a 409", { status: 409, code: 1 }, { ...refused, says: "failed with status 409" } as Rung],
  [
    "a redirect",
    { status: 307, body: "html" },
    { ...refused, says: "failed with status 307: redirects are not followed; check baseUrl" } as Rung,
  ],
];

describe.each(ladder)("%s, for ever,", (_, action, { attempts, ambiguous, says }) => {
  test(`is met by ${attempts.put} attempts of an idempotent request`, async () => {
    const { client } = api.connect();
    fail(action);
    const error = await failureOf(client.putValue(address(), { value }));
    expect(error).toBeInstanceOf(CloudflareError);
    expect(api.emulator.log).toHaveLength(attempts.put);
    expect(error.message).toContain(says);
    expect(error.message).toMatch(/^PUT \/accounts\/[0-9a-f]{32}\/storage\/kv\/namespaces\/[0-9a-f]{32}\/values\/key /);
    expect(error.message.includes("(tried")).toBe(attempts.put > 1);
    expect(error.ambiguous).toBe(ambiguous[0]);
  });

  test(`is met by ${attempts.post} attempts of a create`, async () => {
    const { client } = api.connect();
    fail(action);
    const error = await failureOf(client.createNamespace(accountId, { title: "new" }));
    expect(api.emulator.log).toHaveLength(attempts.post);
    expect(error.ambiguous).toBe(ambiguous[1]);
    fail({ status: 500 }, 0);
    for (const { id } of api.emulator.namespaces().filter(({ title }) => title === "new")) {
      await client.deleteNamespace(accountId, id);
    }
  });

  test("says neither the credential nor the value", async () => {
    const { client } = api.connect();
    fail(action);
    const { message, stack } = await failureOf(client.putValue(address(), { value, metadata: sentinels.value }));
    for (const sentinel of Object.values(sentinels)) expect(`${message}${stack}`).not.toContain(sentinel);
  });
});

describe("a failure that passes", () => {
  const passing: [name: string, action: FaultAction][] = [
    ["a 503", { status: 503 }],
    ["a 429", { status: 429 }],
    ["code 971 under status 200", { type: "code971" }],
    ["a connection dropped before", { type: "drop", when: "before" }],
    ["a connection dropped after", { type: "drop", when: "after" }],
    ["an authentication error", { status: 401, code: 10000 }],
  ];
  test.each(passing)("is expiredUndeclared: %s", async (_, action) => {
    const { client } = api.connect();
    fail(action, 1);
    await client.putValue(address(), { value: Buffer.from("stored"), metadata: { a: 1 } });
    expect(api.emulator.log).toHaveLength(2);
    expect(api.emulator.entry(namespaceId, "key")).toEqual({ value: Buffer.from("stored"), metadata: { a: 1 } });
  });

  test("is forgotten where it took the place of a value", async () => {
    const { client } = api.connect();
    await client.putValue(address(), { value: Buffer.from("stored") });
    for (const action of [{ type: "code971" }, { type: "truncate" }] as const) {
      fail(action, 1);
      expect((await client.getValue(address())).value.toString()).toBe("stored");
    }
  });

  test("is waited for with growing pauses, and what was tried is in the error", async () => {
    const { client, clock } = api.connect();
    fail({ status: 503 });
    const { message } = await failureOf(client.getValue(address()));
    expect(clock.slept).toBe(500 + 1000 + 2000 + 4000 + 8000);
    expect(message).toMatch(/ \(tried 6 times in 16 s\)$/);
  });

  test("is not forgotten when the next one is clear: the first may have taken effect", async () => {
    const { client } = api.connect();
    api.emulator.setFaults([
      { action: { type: "drop", when: "after" } },
      { action: { status: 400, code: 10033 }, times: null },
    ]);
    const error = await failureOf(client.putValue(address(), { value }));
    expect([error.ambiguous, error.status]).toEqual([true, 400]);
  });

  test("lets an authentication error be repeated only as the first of all", async () => {
    const { client } = api.connect();
    api.emulator.setFaults([{ action: { status: 503 } }, { action: { status: 403, code: 10000 }, times: null }]);
    await failureOf(client.getValue(address()));
    expect(api.requests).toEqual(["values.get 503", "values.get 403"]);
  });
});

describe("a namespace that was just created", () => {
  test("is written to again when it is not known yet", async () => {
    const { client } = api.connect();
    fail({ type: "namespaceNotFound" }, 3);
    const { id } = await client.createNamespace(accountId, { title: `fresh ${Math.random()}` });
    api.emulator.clearLog();
    fail({ type: "namespaceNotFound" }, 2);
    await client.putValue({ ...address(), namespaceId: id }, { value });
    expect(api.requests).toEqual(["values.put 404", "values.put 404", "values.put 200"]);
  });

  test("is believed to be gone when it was created some time ago, or by somebody else", async () => {
    const { client, clock } = api.connect();
    const { id } = await client.createNamespace(accountId, { title: `old ${Math.random()}` });
    clock.advance(11);
    fail({ type: "namespaceNotFound" });
    for (const namespace of [id, namespaceId]) {
      api.emulator.clearLog();
      await failureOf(client.putValue({ ...address(), namespaceId: namespace }, { value }));
      expect(api.requests).toEqual(["values.put 404"]);
    }
  });
});

describe("retry-after", () => {
  test.each([1, 7, 300])("is obeyed: %i s", async (retryAfter) => {
    const { client, clock } = api.connect();
    fail({ status: 429, retryAfter }, 1);
    await client.getMetadata(address()).catch(() => {});
    expect(api.emulator.log).toHaveLength(2);
    expect(clock.slept).toBe(retryAfter * 1000);
  });

  test("is obeyed when it comes with a 503", async () => {
    const { client, clock } = api.connect();
    fail({ status: 503, retryAfter: 20 }, 1);
    await client.putValue(address(), { value });
    expect(clock.slept).toBe(20_000);
  });

  test("is obeyed when it is a date, and at once when that has passed", async () => {
    const dates = [60, -60];
    const stranger = await startStranger((response) => {
      const seconds = dates.shift();
      const head = seconds === undefined ? {} : { "retry-after": new Date(clock.now() + seconds * 1000).toUTCString() };
      response.writeHead(seconds === undefined ? 200 : 429, { "content-type": "application/json", ...head });
      response.end('{"success":true,"result":null}');
    });
    const { client, transport, clock } = new Connection(stranger.url);
    await client.deleteValue(address());
    expect(stranger.requests).toHaveLength(3);
    expect(clock.slept).toBe(60_000);
    await transport.close();
    await stranger.close();
  });

  test("of more than the longest block is not waited for, and the error says so", async () => {
    const { client, clock } = api.connect();
    fail({ status: 429, retryAfter: 301 });
    const { message } = await failureOf(client.getValue(address()));
    expect([api.emulator.log.length, clock.slept]).toEqual([1, 0]);
    expect(message).toMatch(/\(code 971\); it asks to wait 301 s, try again then$/);
  });

  test("is told, with the time left, about once a second", async () => {
    const { client } = api.connect();
    const told: string[] = [];
    fail({ status: 429, retryAfter: 3 }, 1);
    await client.deleteValue(address(), { onWait: (message) => told.push(message) });
    const reason = "status 429: Please wait and consider throttling your request speed (code 971)";
    expect(told).toEqual([3, 2, 1].map((seconds) => `${reason}; continuing in ${seconds} s`));
  });
});

describe("the answer of a server that is not the API", () => {
  const answered = async (
    send: (connection: Connection) => Promise<unknown>,
    status: number,
    body: string,
    headers: Record<string, string> = { "content-type": "application/json" },
  ) => {
    const stranger = await startStranger((response) => response.writeHead(status, headers).end(body));
    const connection = new Connection(stranger.url);
    const error = await failureOf(send(connection));
    await connection.transport.close();
    await stranger.close();
    return { error, requests: stranger.requests.length };
  };
  const put = ({ client }: Connection) => client.putValue(address(), { value });

  test("may say the credential: it is not passed on", async () => {
    const body = JSON.stringify({ success: false, errors: [{ code: 1, message: `Bearer ${sentinels.token}!` }] });
    const { error } = await answered(put, 400, body);
    expect(error.message).toContain("status 400: Bearer [credential]! (code 1)");
  });

  test("may say the API key: it is not passed on", async () => {
    const body = JSON.stringify({ success: false, errors: [{ code: 1, message: sentinels.apiKey }] });
    const stranger = await startStranger((response) =>
      response.writeHead(400, { "content-type": "application/json" }).end(body),
    );
    const credential = { apiKey: sentinels.apiKey, email: "somebody@example.com" };
    const { client, transport } = new Connection(stranger.url, { credential });
    const error = await failureOf(client.putValue(address(), { value }));
    expect(error.message).toContain("status 400: [credential] (code 1)");
    await transport.close();
    await stranger.close();
  });

  test("is shown as one line of a bearable length", async () => {
    const message = `\u001b[2J${"long ".repeat(1000)}`;
    const errors = Array.from({ length: 1000 }, (_, code) => ({ code: code + 1, message }));
    const { error } = await answered(put, 400, JSON.stringify({ success: false, errors }));
    expect(error.message).not.toMatch(/\p{Cc}/u);
    expect(error.message.length).toBeLessThan(2000);
    expect((error as unknown as CloudflareError).has(1000)).toBe(true);
  });

  const malformed: [name: string, body: string][] = [
    ["no JSON", "<html>"],
    ["a text", '"success"'],
    ["null", "null"],
    ["an envelope that says nothing", "{}"],
    ["an envelope that says failure without a reason", '{"success":false}'],
    ["an envelope with errors of a strange form", '{"success":false,"errors":[null,{"code":"10013"},"text"]}'],
  ];
  test.each(malformed)("is no success: %s", async (_, body) => {
    const { error } = await answered(put, 200, body);
    expect(error.ambiguous).toBe(!body.includes("errors"));
    expect(error.message).toMatch(/status 200/);
    expect(error.message).not.toContain("undefined");
  });

  test("never ends: it is not read beyond what the API could say", async () => {
    const chunk = Buffer.alloc(8 * 1024 * 1024);
    const stranger = await startStranger((response) => {
      response.writeHead(404, { "content-type": "application/json" });
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", more);
      more();
    });
    const { client, transport } = new Connection(stranger.url);
    const error = await failureOf(client.createNamespace(accountId, { title: "a" }));
    expect(error.message).toContain("failed: no answer: ");
    await transport.close();
    await stranger.close();
  });
});

describe("an attempt without an answer", () => {
  test("to where nobody listens is repeated whatever it was, and never unclear", async () => {
    const stranger = await startStranger(() => {});
    await stranger.close();
    const { client, clock, transport } = new Connection(stranger.url);
    const error = await failureOf(client.createNamespace(accountId, { title: "a" }));
    await transport.close();
    const origin = new URL(stranger.url).origin;
    expect(error.message).toMatch(
      new RegExp(`^POST /accounts/\\S+/namespaces at ${origin} failed: no answer: .*ECONNREFUSED.* \\(tried 6 times`),
    );
    expect([error.ambiguous, error.status, clock.slept]).toEqual([false, undefined, 15_500]);
  });

  test("to a name that does not exist is never unclear", async () => {
    const { client, transport } = new Connection("http://no-such-host.invalid/client/v4");
    const error = await failureOf(client.putValue(address(), { value }));
    await transport.close();
    expect([error.ambiguous, error.status]).toEqual([false, undefined]);
    expect(error.message).toMatch(/ at http:\/\/no-such-host.invalid failed: no answer: .*no-such-host.invalid/);
  });

  test("within requestTimeout is given up and repeated", async () => {
    const { client } = api.connect({ requestTimeoutMs: 200 });
    fail({ type: "delay", ms: 60_000 }, 1);
    await client.putValue(address(), { value });
    expect(api.emulator.log.length).toBeGreaterThan(1);
  });

  test("within requestTimeout, for ever, says how long it waited", async () => {
    const { client } = api.connect({ requestTimeoutMs: 20 });
    fail({ type: "delay", ms: 60_000 });
    const { message, ambiguous } = await failureOf(client.createNamespace(accountId, { title: "slow" }));
    expect(message).toContain("failed: no answer within 0.02 s (requestTimeout)");
    expect(ambiguous).toBe(true);
  });

  test("that is whole within requestTimeout is given up and repeated", async () => {
    const { client } = api.connect({ requestTimeoutMs: 200 });
    fail({ type: "trickle", msPerByte: 150 }, 1);
    await client.putValue(address(), { value });
    expect(api.emulator.log.length).toBeGreaterThan(1);
  });
});

describe("a cancelled request", () => {
  const cancelled = () => AbortSignal.abort(new Error("Ctrl-C"));

  test("is not sent", async () => {
    const { client } = api.connect();
    const error = await failureOf(client.putValue(address(), { value }, { signal: cancelled() }));
    expect(error).toBeInstanceOf(CancelledError);
    expect(error.message).toMatch(/^PUT \/accounts\/\S+\/values\/key was given up: Ctrl-C$/);
    expect([error.ambiguous, api.emulator.log.length]).toEqual([false, 0]);
  });

  test("that waited in line is not sent, and took no effect", async () => {
    const { client } = api.connect({ maxConcurrency: 1 });
    const controller = new AbortController();
    fail({ type: "delay", ms: 50 }, 1);
    const first = client.getMetadata(address()).catch(() => {});
    const second = failureOf(client.putValue(address(), { value }, { signal: controller.signal }));
    controller.abort(new Error("Ctrl-C"));
    await first;
    expect(await second).toMatchObject({ name: "CancelledError", ambiguous: false });
    expect(api.requests).toEqual(["metadata.get 404"]);
  });

  test("ends at once when it only reads", async () => {
    const { client } = api.connect();
    const controller = new AbortController();
    fail({ type: "delay", ms: 60_000 });
    const reading = failureOf(client.getValue(address(), { signal: controller.signal }));
    await until(() => api.emulator.log.length > 0);
    controller.abort(new Error("Ctrl-C"));
    expect(await reading).toMatchObject({ name: "CancelledError", ambiguous: false });
  });

  test("that writes is not waited for in vain, and says that it is unclear", async () => {
    const { client } = api.connect();
    const controller = new AbortController();
    fail({ type: "delay", ms: 600_000 });
    const writing = failureOf(client.putValue(address(), { value }, { signal: controller.signal }));
    await until(() => api.emulator.log.length > 0);
    controller.abort(new Error("Ctrl-C"));
    expect(await writing).toMatchObject({
      name: "CancelledError",
      ambiguous: true,
      message: expect.stringMatching(/^PUT \S+ was given up: Ctrl-C$/),
    });
    expect(api.emulator.log).toHaveLength(1);
  });

  test("that writes is let end if it soon does, and its outcome is known", async () => {
    const { client } = api.connect();
    const controller = new AbortController();
    fail({ type: "delay", ms: 100 });
    const writing = client.putValue(address(), { value }, { signal: controller.signal });
    await until(() => api.emulator.log.length > 0);
    controller.abort(new Error("Ctrl-C"));
    await expect(writing).resolves.toBeUndefined();
  });

  test.each([
    [{ status: 503 }, true],
    [{ status: 429, retryAfter: 100 }, false],
  ] as const)("is not repeated, and says whether it is unclear: %j", async (action, ambiguous) => {
    const { client, clock } = api.connect();
    const controller = new AbortController();
    fail(action);
    clock.onSleep = () => controller.abort(new Error("Ctrl-C"));
    const error = await failureOf(client.putValue(address(), { value }, { signal: controller.signal }));
    expect(error).toMatchObject({ name: "CancelledError", ambiguous });
    expect(api.emulator.log).toHaveLength(1);
  });

  test("stays unclear while it waits for the rate", async () => {
    const { client, clock } = api.connect({ requestsPerFiveMinutes: 1 });
    const controller = new AbortController();
    fail({ type: "drop", when: "after" });
    clock.onSleep = () => {
      if (clock.slept > 2000) controller.abort();
    };
    const error = await failureOf(client.putValue(address(), { value }, { signal: controller.signal }));
    expect(error).toMatchObject({ name: "CancelledError", ambiguous: true });
  });
});
