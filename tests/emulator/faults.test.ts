import type { Fault, FaultAction } from "../../provider/emulator/fault";
import { Api, envelopeOf } from "./api";

let api: Api;
let id: string;
beforeAll(async () => {
  api = await Api.start();
});
beforeEach(async () => {
  api.emulator.setFaults([]);
  api.emulator.setClock({});
  id = await api.namespace();
  await api.seed(id, { key: "old" });
});
afterAll(() => api.close());

const fail = (action: FaultAction, more: Omit<Fault, "action"> = {}) => api.emulator.setFaults([{ ...more, action }]);
const write = (value: string) => api.call("PUT", `/${id}/values/key`, { body: value });
const read = async () => (await api.call("GET", `/${id}/values/key`)).body.toString();
const stored = () => api.emulator.entry(id, "key")?.value.toString();
const bulkGet = async (keys: string[]) => {
  const { result } = await api.succeed("POST", `/${id}/bulk/get`, { body: JSON.stringify({ keys }) });
  return (result as { values: Record<string, string | null> }).values;
};

describe("a fault", () => {
  const applications: [name: string, fault: Omit<Fault, "action">, statuses: number[]][] = [
    ["spoils one request by default", {}, [503, 200, 200]],
    ["can spoil several", { times: 2 }, [503, 503, 200]],
    ["can last for ever", { times: null }, [503, 503, 503]],
    ["can last for ever, said as -1", { times: -1 }, [503, 503, 503]],
    ["can let some pass", { skip: 1 }, [200, 503, 200]],
    ["can let some pass and spoil the rest", { skip: 1, times: null }, [200, 503, 503]],
  ];
  test.each(applications)("%s", async (_, fault, statuses) => {
    fail({ status: 503 }, fault);
    const found = [await write("1"), await write("2"), await write("3")].map(({ status }) => status);
    expect(found).toEqual(statuses);
  });

  const matches: [name: string, match: Fault["match"], isSpoiled: boolean][] = [
    ["an operation", { operation: "values.put" }, true],
    ["another operation", { operation: "bulk.put" }, false],
    ["a method", { method: "PUT" }, true],
    ["another method", { method: "GET" }, false],
    ["a part of the path", { path: "/values/key" }, true],
    ["a pattern of the path", { path: "values/k.y$" }, true],
    ["a key", { key: "key" }, true],
    ["another key", { key: "other" }, false],
    ["another account", { account: "f".repeat(32) }, false],
    ["all of its conditions", { method: "PUT", key: "key" }, true],
    ["not just one of its conditions", { method: "PUT", key: "other" }, false],
  ];
  test.each(matches)("matches %s", async (_, match, isSpoiled) => {
    fail({ status: 503 }, { match });
    expect((await write("new")).status).toBe(isSpoiled ? 503 : 200);
  });

  test("matches a bulk request by any of its keys", async () => {
    fail({ status: 503 }, { match: { key: "b" }, times: null });
    const bodies = ['[{"key":"a","value":""}]', '[{"key":"a","value":""},{"key":"b","value":""}]'];
    const statuses = bodies.map(async (body) => (await api.call("PUT", `/${id}/bulk`, { body })).status);
    expect(await Promise.all(statuses)).toEqual([200, 503]);
  });

  test("gives way to the next one when it is used up", async () => {
    api.emulator.setFaults([{ action: { status: 503 } }, { action: { status: 524 } }]);
    expect([(await write("1")).status, (await write("2")).status, (await write("3")).status]).toEqual([503, 524, 200]);
  });
});

describe("an answer of a status", () => {
  const answers: [action: FaultAction, code: number, message: string][] = [
    [{ status: 500 }, 10001, "service temporarily unavailable"],
    [{ type: "status", status: 429 }, 971, "Please wait and consider throttling your request speed"],
    [{ status: 403 }, 10000, "Authentication error"],
    [{ status: 400, code: 10048 }, 10048, "your account has reached the free usage limit for this operation for today"],
    [{ status: 400, code: 10052, message: "remove namespace: 'x'" }, 10052, "remove namespace: 'x'"],
  ];
  test.each(answers)("%j is an envelope and keeps the write from happening", async (action, code, message) => {
    fail(action);
    const reply = await write("new");
    expect(envelopeOf(reply).errors).toEqual([{ code, message }]);
    expect(stored()).toBe("old");
  });

  test("may come after the write has happened", async () => {
    fail({ status: 524, when: "after", body: "html" });
    expect((await write("new")).status).toBe(524);
    expect(stored()).toBe("new");
    expect(api.emulator.log.at(-1)).toMatchObject({ status: 524, writes: 1 });
  });

  test("may be a page, a text, and carry retry-after", async () => {
    fail({ status: 502, body: "html", retryAfter: 7 });
    const page = await write("new");
    expect(page.headers).toMatchObject({ "content-type": "text/html; charset=UTF-8", "retry-after": "7" });
    expect(page.body.toString()).toContain("<h1>Error 502</h1>");
    fail({ status: 520, body: "error code: 520" });
    expect((await write("new")).body.toString()).toBe("error code: 520");
  });
});

test.each(["before", "after"] as const)("a connection dropped %s the write says nothing", async (when) => {
  fail({ type: "drop", when });
  await expect(write("new")).rejects.toThrow("socket hang up");
  expect(stored()).toBe(when === "before" ? "old" : "new");
  expect(api.emulator.log.at(-1)).toMatchObject({
    operation: "values.put",
    status: 0,
    writes: when === "before" ? 0 : 1,
  });
});

test("a delayed answer comes after the write has happened", async () => {
  fail({ type: "delay", ms: 60_000 });
  const gone = new AbortController();
  const path = `${api.emulator.url}/accounts/${api.emulator.namespaces().at(-1)?.account}/storage/kv/namespaces/${id}/values/key`;
  const answer = fetch(path, {
    method: "PUT",
    body: "new",
    headers: { authorization: "Bearer t" },
    signal: gone.signal,
  });
  while (stored() === "old") await new Promise(setImmediate);
  gone.abort();
  await expect(answer).rejects.toThrow("aborted");
});

test("a trickling body arrives whole", async () => {
  fail({ type: "trickle", msPerByte: 1 });
  expect(await read()).toBe("old");
});

test("a truncated body ends the connection", async () => {
  fail({ type: "truncate" });
  await expect(read()).rejects.toThrow("aborted");
});

const spared: [name: string, action: FaultAction, unsuccessful: string[]][] = [
  ["named keys", { type: "unsuccessful", keys: ["b", "foreign"] }, ["b"]],
  ["half of the keys", { type: "unsuccessful", fraction: 0.5 }, ["b", "d"]],
  ["all keys", { type: "unsuccessful", fraction: 1 }, ["a", "b", "c", "d"]],
];
test.each(spared)("of a bulk %s are left alone and reported", async (_, action, unsuccessful) => {
  const keys = ["a", "b", "c", "d"];
  const done = keys.filter((key) => !unsuccessful.includes(key));
  const expected = { successful_key_count: done.length, unsuccessful_keys: unsuccessful };
  fail(action, { times: 2 });
  const put = await api.succeed("PUT", `/${id}/bulk`, {
    body: JSON.stringify(keys.map((key) => ({ key, value: "" }))),
  });
  expect(put.result).toEqual(expected);
  expect(api.emulator.keys(id)).toEqual([...done, "key"]);
  expect(api.emulator.log.at(-1)).toMatchObject({ keys, writes: done.length });
  const remove = await api.succeed("POST", `/${id}/bulk/delete`, { body: JSON.stringify(keys) });
  expect(remove.result).toEqual(expected);
});

test("of a bulk some are left alone, and counted only", async () => {
  fail({ type: "unsuccessful", keys: ["b"], unnamed: true });
  const { result } = await api.succeed("POST", `/${id}/bulk/delete`, { body: JSON.stringify(["a", "b"]) });
  expect(result).toEqual({ successful_key_count: 1, unsuccessful_keys: [] });
});

describe("a stale read", () => {
  const stale: Omit<Fault, "action"> = { times: null, match: { method: "GET" } };

  test("sees the value, metadata and expiration before the last write", async () => {
    const expiration = Math.floor(Date.now() / 1000) + 1000;
    await api.seed(id, [{ key: "key", value: "older", metadata: 1, expiration }]);
    await write("new");
    fail({ type: "stale" }, stale);
    expect(await read()).toBe("older");
    expect((await api.succeed("GET", `/${id}/metadata/key`)).result).toBe(1);
    expect((await api.succeed("GET", `/${id}/keys`)).result).toEqual([{ name: "key", expiration, metadata: 1 }]);
    api.emulator.setFaults([]);
    expect(await read()).toBe("new");
  });

  test("misses a key that was just created and finds one that was just deleted", async () => {
    await api.seed(id, { created: "" });
    await api.succeed("DELETE", `/${id}/values/key`);
    fail({ type: "stale" }, { times: null });
    expect((await api.refusal("GET", `/${id}/values/created`))[1]).toBe(10009);
    expect(await read()).toBe("old");
    expect(await bulkGet(["created", "key"])).toEqual({ created: null, key: "old" });
    expect((await api.succeed("GET", `/${id}/keys`)).result).toEqual([{ name: "key" }]);
  });

  test("catches up a minute after the write, or when it is told to", async () => {
    const nowMs = Date.now();
    api.emulator.setClock({ nowMs });
    await write("new");
    for (const ms of [undefined, 5000]) {
      fail({ type: "stale", ms }, stale);
      api.emulator.setClock({ nowMs: nowMs + (ms ?? 60_000) - 1 });
      expect(await read()).toBe("old");
      api.emulator.setClock({ nowMs: nowMs + (ms ?? 60_000) });
      expect(await read()).toBe("new");
    }
  });
});

test("a cached miss hides every key, or the matching one, until the fault ends", async () => {
  await api.seed(id, { other: "x" });
  fail({ type: "negative" }, { times: null });
  expect((await api.refusal("GET", `/${id}/values/key`))[1]).toBe(10009);
  expect((await api.refusal("GET", `/${id}/metadata/key`))[1]).toBe(10009);
  expect((await api.succeed("GET", `/${id}/keys`)).result).toEqual([]);
  expect(await bulkGet(["key", "other"])).toEqual({ key: null, other: null });
  fail({ type: "negative" }, { times: null, match: { key: "key" } });
  expect(await bulkGet(["key", "other"])).toEqual({ key: null, other: "x" });
  api.emulator.setFaults([]);
  expect(await read()).toBe("old");
});

test("an empty page has a cursor that goes on where it stood", async () => {
  fail({ type: "emptyPage" });
  const { result, result_info } = await api.succeed("GET", `/${id}/keys`);
  expect(result).toEqual([]);
  expect((await api.succeed("GET", `/${id}/keys?cursor=${result_info?.cursor}`)).result).toEqual([{ name: "key" }]);
});

test("a namespace is not found at all, or only while it is young", async () => {
  fail({ type: "namespaceNotFound" }, { times: null });
  expect(await api.refusal("PUT", `/${id}/values/key`)).toEqual([404, 10013, "put: 'namespace not found'"]);
  const nowMs = Date.now() + 10_000;
  api.emulator.setClock({ nowMs });
  fail({ type: "namespaceNotFound", ms: 1000 }, { times: null });
  expect(await read()).toBe("old");
  const young = await api.namespace();
  expect((await api.refusal("GET", `/${young}/keys`))[1]).toBe(10013);
  api.emulator.setClock({ nowMs: nowMs + 1000 });
  await api.succeed("GET", `/${young}/keys`);
});

test("a success can lack its result", async () => {
  fail({ type: "resultNull" });
  const body = JSON.stringify([{ key: "a", value: "" }]);
  const reply = await api.call("PUT", `/${id}/bulk`, { body, outsideContract: true });
  expect(envelopeOf(reply)).toEqual({ success: true, errors: [], messages: [], result: null });
  expect(api.emulator.keys(id)).toEqual(["a", "key"]);
});

test("throttling can come as HTTP 200", async () => {
  fail({ type: "code971" });
  const reply = await api.call("PUT", `/${id}/values/key`, { body: "new", outsideContract: true });
  expect([reply.status, envelopeOf(reply).errors[0]?.code]).toEqual([200, 971]);
  expect(stored()).toBe("old");
});

test("an answer can have a wrong content-type", async () => {
  fail({ type: "contentType", value: "text/html" });
  const reply = await api.call("GET", `/${id}/values/key`, { outsideContract: true });
  expect([reply.headers["content-type"], reply.body.toString()]).toEqual(["text/html", "old"]);
});
