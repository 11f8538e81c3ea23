import { mkdirSync, truncateSync } from "node:fs";
import { limits } from "../../../../provider/kv/limits";
import type { Problem } from "../../../../provider/resources/key-value-set/source/declared-entry";
import { InlineEntries } from "../../../../provider/resources/key-value-set/source/inline-entries";
import { archive, asset, unknown } from "../../../../tools/wire";
import { type Entry, entry, Folder, message, read, readText } from "./reading";

const folder = new Folder();

const tooLongMetadata = { owner: "x".repeat(1013) };
const members = "key, value, valueBase64, valueJson, base64, metadata, expiration, expirationTtl, expiration_ttl";

interface Judged {
  readonly entries: readonly Partial<Entry>[];
  /** Member and reason, as in every form. */
  readonly problems: readonly string[];
}

type Judge = (raw: unknown, keyPrefix?: string) => Promise<Judged> | Judged;

/** Each form has its own place for the same problem; the rest of it is the same. */
const forms: readonly [string, Judge][] = [
  ["inline", judgeInline],
  [
    "a line",
    async (raw, keyPrefix) => judged(await readText(JSON.stringify(raw), { keyPrefix, format: "ndjson" }), "source:1"),
  ],
  ["an element", async (raw, keyPrefix) => judged(await readText(JSON.stringify([raw]), { keyPrefix }), "source:1:2")],
];

function judgeInline(raw: unknown, keyPrefix?: string): Judged {
  const { entries, problems } = new InlineEntries(undefined, [raw], { keyPrefix }).batch();
  return { entries, problems: problems.map(asSentence) };
}

function asSentence(problem: Problem): string {
  return message(problem)
    .replace(/^entries\[0\](?:\.(\w+)|\["(.*)"\])?:/, "$1$2")
    .trimStart();
}

function judged({ entries, problems }: { entries: Entry[]; problems: string[] }, place: string): Judged {
  for (const problem of problems) expect(problem.startsWith(`${place}: `)).toBe(true);
  return { entries, problems: problems.map((problem) => problem.slice(place.length + 2)) };
}

describe.each(forms)("an entry as %s", (_, judge) => {
  test.each<[string, object, string[]]>([
    ["with neither key nor value", {}, ["key is required", "value is required, or valueBase64, or valueJson"]],
    ["without a key", { value: "v" }, ["key is required"]],
    ["with a null key", { key: null, value: "v" }, ["key is required"]],
    ["with a number as key", { key: 1, value: "v" }, ["key must be a string, not a number; quote it"]],
    ["with an empty key", { key: "", value: "v" }, ["key must not be empty"]],
    ["with the key .", { key: ".", value: "v" }, ['key must not be ".", which the API refuses as a key']],
    ["with the key ..", { key: "..", value: "v" }, ['key must not be "..", which the API refuses as a key']],
    [
      "with half a character as key",
      { key: "a\ud800", value: "v" },
      ["key has a lone surrogate, which UTF-8 cannot carry; remove it"],
    ],
    [
      "with a key of 513 bytes",
      { key: `${"ä".repeat(256)}x`, value: "v" },
      ["key is 513 bytes long, at most 512 are allowed"],
    ],
    [
      "with a number as value",
      { key: "k", value: 1 },
      ["value must be a string, not a number; quote it, or set jsonValues: true"],
    ],
    [
      "with an object as value",
      { key: "k", value: {} },
      ["value must be a string, not an object; JSON.stringify it, or set jsonValues: true"],
    ],
    [
      "with half a character as value",
      { key: "k", value: "\udc00" },
      ["value has a lone surrogate, which UTF-8 cannot carry; use valueBase64 for bytes"],
    ],
    [
      "with bad base64",
      { key: "k", valueBase64: "/w=" },
      ["valueBase64 must be base64: letters, digits, + and /, padded with = to a multiple of four"],
    ],
    [
      "with wrangler's base64 that is bad",
      { key: "k", value: "a-b_", base64: true },
      ["value must be base64: letters, digits, + and /, padded with = to a multiple of four"],
    ],
    ["with base64 as text", { key: "k", value: "AA==", base64: "true" }, ["base64 must be a boolean, not a string"]],
    [
      "with both values",
      { key: "k", value: "v", valueBase64: "AA==" },
      ["value must not be given beside valueBase64; give one of them"],
    ],
    [
      "with base64 beside valueBase64",
      { key: "k", valueBase64: "AA==", base64: true },
      ["base64 must not be given beside valueBase64, which is base64 without it"],
    ],
    [
      "with too much metadata",
      { key: "k", value: "v", metadata: tooLongMetadata },
      ["metadata is 1025 bytes long as JSON, at most 1024 are allowed"],
    ],
    [
      "with an expiration in milliseconds",
      { key: "k", value: "v", expiration: 1.8e12 },
      [
        "expiration must be unix seconds up to 2147483647, not 1800000000000; it looks like milliseconds: divide by 1000",
      ],
    ],
    [
      "with a duration as expiration",
      { key: "k", value: "v", expiration: 3600 },
      ["expiration must be an absolute time in unix seconds, not 3600; for a time to live use expirationTtl"],
    ],
    [
      "with a text as expiration",
      { key: "k", value: "v", expiration: "2000000000" },
      ["expiration must be a number, not a string"],
    ],
    [
      "with a time to live of 59 s",
      { key: "k", value: "v", expirationTtl: 59 },
      ["expirationTtl must be at least 60 seconds, not 59"],
    ],
    [
      "with wrangler's time to live of 59 s",
      { key: "k", value: "v", expiration_ttl: 59 },
      ["expiration_ttl must be at least 60 seconds, not 59"],
    ],
    [
      "with a week to live in milliseconds",
      { key: "k", value: "v", expirationTtl: 604_800_000 },
      [
        "expirationTtl must end by 2147483647 in unix seconds (2038), not 604800000 seconds from now; it looks like milliseconds: divide by 1000",
      ],
    ],
    [
      "with half a second to live",
      { key: "k", value: "v", expiration_ttl: 60.5 },
      ["expiration_ttl must be whole seconds, not 60.5"],
    ],
    [
      "with both spellings",
      { key: "k", value: "v", expirationTtl: 60, expiration_ttl: 60 },
      ["expiration_ttl must not be given beside expirationTtl, which is the same"],
    ],
    [
      "with much that is wrong",
      { key: "", valueBase64: "?", metadata: tooLongMetadata, expirationTtl: 1 },
      [
        "key must not be empty",
        "valueBase64 must be base64: letters, digits, + and /, padded with = to a multiple of four",
        "metadata is 1025 bytes long as JSON, at most 1024 are allowed",
        "expirationTtl must be at least 60 seconds, not 1",
      ],
    ],
  ])("%s is a problem", async (_case, raw, problems) => {
    expect(await judge(raw)).toEqual({ entries: [], problems });
  });

  test.each<[string, object]>([
    ["a key of 512 bytes", { key: "ä".repeat(256), value: "v" }],
    ["a key of three dots", { key: "...", value: "v" }],
    ["1024 bytes of metadata", { key: "k", value: "v", metadata: { owner: "x".repeat(1012) } }],
    ["60 s to live", { key: "k", value: "v", expirationTtl: 60 }],
    ["the last expiration", { key: "k", value: "v", expiration: limits.maxExpirationSeconds }],
    ["an expiration that has passed", { key: "k", value: "v", expiration: 1_000_000_000 }],
  ])("with %s is good", async (_case, raw) => {
    expect(await judge(raw)).toMatchObject({ entries: [raw], problems: [] });
  });

  test.each([
    ["null", null],
    ["a string", "k"],
    ["a number", 0],
  ])("that is %s is a problem", async (kind, raw) => {
    expect((await judge(raw)).problems).toEqual([`must be an object, not ${kind}`]);
  });

  test("has its prefix counted", async () => {
    expect((await judge({ key: "k".repeat(510), value: "v" }, "p/")).problems).toEqual([]);
    expect((await judge({ key: "k".repeat(511), value: "v" }, "p/")).problems).toEqual([
      "key with keyPrefix is 513 bytes long, at most 512 are allowed",
    ]);
    expect((await judge({ key: "", value: "v" }, "p/")).problems).toEqual([]);
    expect((await judge({ key: ".", value: "v" }, ".")).problems).toEqual([
      'key with keyPrefix must not be "..", which the API refuses as a key',
    ]);
  });

  test("may have a value of 25 MiB, and not of one byte more", async () => {
    const { maxValueBytes } = limits;
    const problem = `is ${maxValueBytes + 1} bytes long, at most ${maxValueBytes} are allowed`;
    const value = "x".repeat(maxValueBytes);
    expect((await judge({ key: "k", value })).problems).toEqual([]);
    expect((await judge({ key: "k", value: `${value}x` })).problems).toEqual([`value ${problem}`]);
  }, 30_000);

  test("may be nested as deeply as its metadata is long, and deeper ends nothing", async () => {
    const deep = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels)) as unknown;
    expect((await judge({ key: "k", value: "v", metadata: deep(512) })).problems).toEqual([]);
    expect((await judge({ key: "k", value: "v", metadata: deep(513) })).problems).toHaveLength(1);
  });
});

test("of a value in base64 the bytes count", async () => {
  const { maxValueBytes } = limits;
  const judgeBytes = (bytes: number) => judgeInline({ key: "k", valueBase64: Buffer.alloc(bytes).toString("base64") });
  expect(judgeBytes(maxValueBytes)).toMatchObject({ entries: [{ base64: true }], problems: [] });
  expect(judgeBytes(maxValueBytes + 1).problems).toEqual([
    `valueBase64 is ${maxValueBytes + 1} bytes long, at most ${maxValueBytes} are allowed`,
  ]);
});

test("an array has elements only one level deep, and a line is none", async () => {
  expect((await readText("[[]]")).problems).toEqual(["source:1:2: must be an object, not a list"]);
  expect((await readText('{"key":"k","value":"v"}\n[]')).problems).toEqual(["source:2: must be an object, not a list"]);
});

test("metadata that no stack can hold is a problem of its line", async () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  const { entries, problems } = await readText(`{"key":"a","value":"","metadata":${deep}}\n{"key":"b","value":""}`);
  expect(problems).toEqual(["source:1: metadata is nested too deeply to be written as JSON"]);
  expect(entries).toHaveLength(1);
});

test.each([["a b"], ["hunter2"], ["x".repeat(21)]])(
  "the name %j is not shown where a member is expected",
  async (name) => {
    const { problems } = judgeInline({ key: "k", value: "v", [name]: 1, "": 1 });
    expect(problems).toEqual([`has an unknown member; expected one of ${members}`]);
  },
);

test("a stranger, or both times, in a program's own entries are problems: there a typing error is likelier than in a file", () => {
  const stranger = (name: string) => `${name} is an unknown member; expected one of ${members}`;
  expect(judgeInline({ key: "k", value: "v", ttl: null }).problems).toEqual([stranger("ttl")]);
  const prototype = JSON.parse('{"key":"k","value":"v","__proto__":{}}');
  expect(judgeInline(prototype).problems).toEqual([stranger("__proto__")]);
  expect(judgeInline({ key: "k", value: "v", expiration: 2e9, expiration_ttl: 60 }).problems).toEqual([
    "expiration must not be given beside a time to live; give one of them",
  ]);
});

describe("a file of a directory", () => {
  test("may have a key of 512 bytes with the prefix, and not of one more", async () => {
    const folders = ["a".repeat(255), "b".repeat(254)];
    mkdirSync(folder.at(...folders), { recursive: true });
    folder.write([...folders, "c"].join("/"), "");
    const source = archive({ path: folder.path });
    const key = [...folders, "c"].join("/");
    expect(await read(source)).toMatchObject({ entries: [{ key }], problems: [] });
    expect((await read(source, { keyPrefix: "p" })).problems).toEqual([
      `${folder.at(key)}: key with keyPrefix is 513 bytes long, at most 512 are allowed`,
    ]);
  });

  test("may have 25 MiB, and not one byte more", async () => {
    truncateSync(folder.write("good", ""), limits.maxValueBytes);
    truncateSync(folder.write("long", ""), limits.maxValueBytes + 1);
    const { entries, problems } = await read(archive({ path: folder.path }));
    expect(entries.map(({ key, value }) => [key, value.length])).toEqual([["good", limits.maxValueBytes]]);
    expect(problems).toEqual([
      `${folder.at("long")}: is ${limits.maxValueBytes + 1} bytes long, at most ${limits.maxValueBytes} are allowed`,
    ]);
  });

  test("shows the problem of its key beside that of its value", async () => {
    const assets = { "": asset({ path: folder.at("missing") }) };
    expect((await read(archive({ assets }))).problems).toEqual([
      'source[""]: cannot be read: ENOENT',
      'source[""]: key must not be empty',
    ]);
  });
});

test("while the prefix is unknown, of a key only the kind is judged", async () => {
  const keyPrefix = unknown;
  expect((await readText('{"key":"","value":"v"}', { keyPrefix })).entries).toEqual([entry({ key: "" })]);
  expect((await readText('{"key":1,"value":"v"}', { keyPrefix })).problems).toEqual([
    "source:1: key must be a string, not a number; quote it",
  ]);
});
