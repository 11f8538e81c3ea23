import type { IncomingMessage, ServerResponse } from "node:http";
import type { BulkItem } from "../../provider/kv/batch";
import { deleteBulk } from "../../provider/kv/bulk";
import { CloudflareError } from "../../provider/kv/error";
import { keyPages, refuseToHold } from "../../provider/kv/key-pages";
import { accountId, Connection, failureOf, sentinels, startStranger } from "./api";
import { write } from "./bulk-api";

const namespace = { accountId, namespaceId: "a".repeat(32) };
const address = { ...namespace, key: "key" };
const json = { "content-type": "application/json" };
const envelope = (result: unknown, more: object = {}) => JSON.stringify({ success: true, result, ...more });

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const say =
  (body: string | Buffer): Answer =>
  (response) =>
    response.writeHead(200, json).end(body);

/** Lets a client meet a server that answers so; says how many requests there were. */
async function meet<T>(answer: Answer, use: (connection: Connection) => Promise<T>): Promise<[T, number]> {
  const stranger = await startStranger(answer);
  const connection = new Connection(stranger.url);
  try {
    return [await use(connection), stranger.requests.length];
  } finally {
    await connection.transport.close();
    await stranger.close();
  }
}

async function refusal(answer: Answer, use: (connection: Connection) => Promise<unknown>): Promise<string> {
  const [error] = await meet(answer, (connection) => failureOf(use(connection)));
  expect(error).toBeInstanceOf(CloudflareError);
  return error.message;
}

const metadata = ({ client }: Connection) => client.getMetadata(address);
const list = ({ client }: Connection) => client.listKeys(namespace, { prefix: "p/" });
const bulkGet = ({ client }: Connection) => client.getBulk(namespace, ["key"]);

describe("JSON that no answer of the API can be is refused before it is parsed:", () => {
  const notTheApis = "but the answer is not the API's";
  const bodies: [name: string, body: string | Buffer][] = [
    ["millions of members", `{"success":true,"result":[${"[],".repeat(2_000_000)}[]]}`],
    ["millions of numbers", `{"success":true,"result":[${"1,".repeat(2_000_000)}1]}`],
    ["a hundred thousand brackets", `{"success":true,"result":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    ["a hundred thousand braces", `{"success":true,"result":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`],
    ["bytes that are no UTF-8", Buffer.from('{"success":true,"result":"\xff"}', "latin1")],
    ["a NUL", '{"success":true,\0"result":null}'],
    ["a byte order mark", '\ufeff{"success":true,"result":null}'],
    ["a number that is none", '{"success":true,"result":NaN}'],
    ["a text without an end", '{"success":true,"result":"'],
  ];
  test.each(bodies)("%s", async (_, body) => {
    expect(await refusal(say(body), metadata)).toContain(notTheApis);
  });

  test("but not texts, however full of brackets, commas, quotes and backslashes", async () => {
    const value = `\\"[,{\\`.repeat(500_000);
    const [found] = await meet(say(envelope({ values: { key: { value } } })), bulkGet);
    expect(found.get("key")?.value === value).toBe(true);
  });

  test("but not a full page of keys whose metadata is nothing but structure", async () => {
    const nested = JSON.parse(`${"[".repeat(512)}${"]".repeat(512)}`);
    const flat = Array.from({ length: 511 }, () => 1);
    const keys = Array.from({ length: 1000 }, (_, index) => ({
      name: `p/${String(index).padStart(4, "0")}`,
      metadata: index % 2 ? nested : flat,
    }));
    const [page] = await meet(say(envelope(keys)), list);
    expect(page.keys).toHaveLength(1000);
  });
});

describe("members that are names of JavaScript's own", () => {
  const strange = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":1';

  test("of an envelope and of what is in it are nothing", async () => {
    const body = `{${strange},"success":true,"result":[{${strange},"name":"p/a"}],"result_info":{${strange}}}`;
    const [page] = await meet(say(body), list);
    expect(page).toMatchObject({ keys: [{ name: "p/a" }], cursor: undefined });
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test("do not make a success", async () => {
    const body = '{"__proto__":{"success":true,"result":"from the prototype"}}';
    expect(await refusal(say(body), metadata)).toContain("success is not as expected");
  });

  test("are keys and metadata like any others", async () => {
    const [found] = await meet(say(`{"success":true,"result":{"values":{"__proto__":{"value":"v"}}}}`), (connection) =>
      connection.client.getBulk(namespace, ["__proto__"]),
    );
    expect([...found]).toEqual([["__proto__", { value: "v", metadata: null, expiration: undefined }]]);
    const [read] = await meet(say(`{"success":true,"result":{${strange}}}`), metadata);
    expect(JSON.stringify(read)).toBe(`{${strange}}`);
  });
});

describe("a list of keys is refused", () => {
  const pages: [name: string, keys: unknown[], says: string][] = [
    ["that has keys beyond the prefix", [{ name: "p/a" }, { name: "other" }], "it lists keys beyond the prefix"],
    ["that has a key of 513 bytes", [{ name: `p/${"é".repeat(256)}` }], "it lists keys that cannot exist"],
    ["that has a key that is no text", [{ name: "p/\ud800" }], "it lists keys that cannot exist"],
    ["that has a key without a name", [{ name: 1 }], "0.name is not as expected"],
    ["that has an expiration beyond all numbers", [{ name: "p/a", expiration: 2 ** 60 }], "0.expiration is not as"],
    ["that is half a list", [{ name: "p/a" }, null], "1 is not as expected"],
  ];
  test.each(pages)("%s", async (_, keys, says) => {
    expect(await refusal(say(envelope(keys)), list)).toContain(says);
  });

  test("that has an expiration that is infinite", async () => {
    const body = '{"success":true,"result":[{"name":"p/a","expiration":1e999}]}';
    expect(await refusal(say(body), list)).toContain("0.expiration is not as expected");
  });

  const read = async (connection: Pick<Connection["client"], "listKeys">) => {
    for await (const _ of keyPages(connection, namespace, {}));
  };
  const endless: [name: string, names: (page: number) => string[], says: string, asked: number][] = [
    ["that begins anew with every cursor", () => ["a", "b"], "its pages are not in the order of the keys", 2],
    ["that goes back", (page) => [String.fromCharCode(0x7a - page)], "its pages are not in the order of the keys", 2],
    ["that brings nothing, on and on", () => [], "10000 pages in a row are empty", 10_001],
  ];
  test.each(endless)("%s", async (_, names, says, asked) => {
    let page = 0;
    const listKeys = async () => ({ keys: names(page).map((name) => ({ name })), cursor: `${++page}` });
    const { message } = await failureOf(read({ listKeys }));
    expect(message).toBe(
      `The list of the keys in the namespace ${namespace.namespaceId} has no end in sight: ${says}; check baseUrl`,
    );
    expect(page).toBe(asked);
  });

  test("that is larger than what can be held", () => {
    expect(() => refuseToHold(1_000_000)).not.toThrow();
    expect(() => refuseToHold(1_000_001)).toThrow("More than 1000000 keys are listed, which is too many at once");
  });

  test("but not for the order of UTF-8, in which the largest of UTF-16 comes before others", async () => {
    const names = ["\uffff", "\u{10000}"];
    const listKeys = async () => ({ keys: [{ name: names.shift() ?? "" }], cursor: names.length ? "next" : undefined });
    await expect(read({ listKeys })).resolves.toBeUndefined();
  });
});

describe("a list of namespaces is refused", () => {
  test.each(["../../x", "..", "", "A".repeat(32), `${"a".repeat(32)}/values/key`])("with the id %j", async (id) => {
    const namespaces = ({ client }: Connection) => client.listNamespaces(accountId);
    expect(await refusal(say(envelope([{ id, title: "t" }])), namespaces)).toContain("0.id is not as expected");
    const created = ({ client }: Connection) => client.createNamespace(accountId, { title: "t" });
    expect(await refusal(say(envelope({ id, title: "t" })), created)).toContain("id is not as expected");
  });

  test("that never ends", async () => {
    let page = 0;
    const more: Answer = (response) => {
      const id = String(++page).padStart(32, "0");
      response.writeHead(200, json).end(envelope([{ id, title: id }], { result_info: { total_count: 1e15 } }));
    };
    const says = await refusal(more, ({ client }) => client.listNamespaces(accountId));
    expect(says).toContain("it has more than 100 pages: no end in sight");
    expect(page).toBe(100);
  });

  test("where one was asked for and another is answered", async () => {
    const other = envelope({ id: "b".repeat(32), title: "t" });
    const says = await refusal(say(other), ({ client }) => client.getNamespace(accountId, namespace.namespaceId));
    expect(says).toContain("it is about another namespace");
  });
});

describe("unsuccessful keys", () => {
  const items: BulkItem[] = ["a", "b"].map((key) => ({ key, json: JSON.stringify({ key, value: "" }) }));
  const answered = (keys: string[]) => {
    let requests = 0;
    const answer: Answer = (response) =>
      response.writeHead(200, json).end(envelope({ unsuccessful_keys: requests++ === 0 ? keys : [] }));
    return meet(answer, (connection) => write(connection, namespace.namespaceId, items));
  };

  test.each([
    ["of which one was not sent", ["a", "c"]],
    ["in their million, none of them sent", Array.from({ length: 1_000_000 - 10 }, (_, index) => `k${index}`)],
  ])("%s leave all unclear", async (_, keys) => {
    const [{ done, unsure, stopped }] = await answered(keys);
    expect([done, unsure]).toEqual([[], ["a", "b"]]);
    expect(stopped?.message).toBe("The answer to a bulk request names keys that were not sent; check baseUrl");
  });

  test("that are named twice are sent once more", async () => {
    const [{ done, failed, stopped }, requests] = await answered(["b", "b"]);
    expect([done, failed, stopped, requests]).toEqual([["a", "b"], [], undefined, 2]);
  });

  test("of a delete that were not sent leave all unclear", async () => {
    const [outcome] = await meet(say(envelope({ unsuccessful_keys: ["__proto__"] })), ({ client, clock }) =>
      deleteBulk(client, namespace, ["a"], { clock, onDone: () => {} }),
    );
    expect([outcome.unsure, outcome.stopped?.message]).toEqual([["a"], expect.stringContaining("were not sent")]);
  });
});

describe("headers of the rate that are nonsense", () => {
  const waited = async (status: number, headers: Record<string, string>) => {
    let requests = 0;
    const [slept] = await meet(
      (response) => {
        const isFirst = requests++ === 0;
        response.writeHead(isFirst ? status : 200, { ...json, ...(isFirst ? headers : {}) });
        response.end(isFirst && status !== 200 ? '{"success":false,"errors":[{"code":971}]}' : envelope(null));
      },
      async (connection) => {
        const outcome = await metadata(connection).catch(({ message }) => message);
        await metadata(connection);
        return [connection.clock.slept, outcome] as const;
      },
    );
    return slept;
  };

  const asks = (seconds: string) => expect.stringContaining(`it asks to wait ${seconds} s, try again then`);
  test.each([
    ["1e12", 500, null],
    ["-1", 500, null],
    ["nan", 500, null],
    ["2001", 500, asks("2001")],
    ["1000000000000", 0, asks("1000000000000")],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 0, expect.stringContaining("try again then")],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0, null],
    ["Fri, nonsense", 500, null],
  ])("in Retry-After: %s", async (retryAfter, sleptMs, outcome) => {
    expect(await waited(429, { "retry-after": retryAfter })).toEqual([outcome === null ? sleptMs : 0, outcome]);
  });

  test.each([
    [";;;;;;;;", 0],
    ['"default";r=-1;t=-1', 0],
    ['"default";r=99999999999999999999;t=1', 0],
    ['"default";r=1e9;t=NaN', 0],
    [`"default";r=0;t=0${";".repeat(8000)}`, 0],
    ['"default";r=0;t=999999999', 300_000],
    [`"a";r=5;t=5, ${'"b";r=0;t=7,'.repeat(500)}`, 7_000],
  ])("in Ratelimit: %.40s", async (ratelimit, sleptMs) => {
    expect(await waited(200, { ratelimit, "ratelimit-policy": '"x";q=999999999999999;w=-1' })).toEqual([sleptMs, null]);
  });
});

describe("what a server says is not shown as it is:", () => {
  const said = (message: string, use: (connection: Connection) => Promise<unknown>) => {
    const body = JSON.stringify({ success: false, errors: [{ code: 10012, message }] });
    return refusal((response) => response.writeHead(400, json).end(body), use);
  };
  const withheld = "status 400: the server's message repeats what was sent, so it is not shown (code 10012)";
  const secret = "hunter2-of-the-store and then some";
  const value = Buffer.from(secret);

  test("ten megabytes, with what a terminal obeys", async () => {
    const noise = "\u001b]0;owned\u0007\u001b[2J\u009b31m\r\n\u202egnp.exe\u2028\u200b";
    const message = await said(noise.repeat(400_000), metadata);
    expect(message.length).toBeLessThan(600);
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  const echoes: [name: string, echo: string][] = [
    ["whole", `invalid body: ${secret}`],
    ["in part", "invalid value 'hunter2-of-the-st..."],
    ["one word of it", "cannot parse hunter2-of-the-store"],
    ["and nothing else", secret],
    ["of it the plain words", "you said: the-store and then some"],
  ];
  test.each(echoes)("a value that is repeated, %s", async (_, echo) => {
    expect(await said(echo, ({ client }) => client.putValue(address, { value }))).toContain(withheld);
    const pair = JSON.stringify([{ key: "key", value: secret }]);
    expect(await said(echo, ({ client }) => client.putBulk(namespace, Buffer.from(pair), 1))).toContain(withheld);
  });

  test("metadata that is repeated", async () => {
    const put = ({ client }: Connection) => client.putValue(address, { value: Buffer.from("v"), metadata: { secret } });
    expect(await said(`metadata {"secret":"${secret}"}`, put)).toContain(withheld);
  });

  test("a value, for whoever asks for the reason of one key", async () => {
    const item = { key: "a", json: JSON.stringify({ key: "a", value: secret }) };
    const body = JSON.stringify({ success: false, errors: [{ code: 10012, message: `${secret} ${sentinels.token}` }] });
    const [{ failed }] = await meet(
      (response) => response.writeHead(400, json).end(body),
      (connection) => write(connection, namespace.namespaceId, [item]),
    );
    expect(failed).toEqual([{ key: "a", reason: withheld.replace("status 400: ", "") }]);
  });

  test("a credential, in the form of other protocols, and where the text is cut", async () => {
    const { token } = sentinels;
    const forms = [token, Buffer.from(token).toString("base64"), `${"long ".repeat(58)}${token}`];
    for (const form of forms) {
      const message = await said(`you are ${form}.`, metadata);
      expect(message).not.toContain(form);
      expect(message).not.toContain(token.slice(0, 8));
    }
  });

  test.each([
    ["bulk put: 'received 12762 key/value pairs, but max allowed per request is: 10000'", "v"],
    ["Invalid expiration_ttl of 30. Expiration TTL must be at least 60.", "some plain prose, with expiration and such"],
    ["put: 'namespace not found'", "a namespace that I know of"],
  ])("but the API's own words are: %s", async (words, text) => {
    const pair = Buffer.from(JSON.stringify([{ key: "key", value: text, expiration_ttl: 60 }]));
    expect(await said(words, ({ client }) => client.putBulk(namespace, pair, 1))).toContain(words);
  });
});
