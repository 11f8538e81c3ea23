import { chmodSync, mkdirSync } from "node:fs";
import fc from "fast-check";
import { asset } from "../../../../tools/wire";
import { entry, Folder, read, readText } from "./reading";

const folder = new Folder();

const unlessRoot = process.getuid?.() === 0 ? test.skip : test;

/** Must be in no message. */
const secret = "hunter2";

describe("lines that cannot be read", () => {
  test.each([
    ["a comma too many", `{"key":"a","value":"${secret}",}`, `2:30: not valid JSON`],
    ["a missing quote", `{"key":"a,"value":"${secret}"}`, `2:12: not valid JSON`],
    ["no quotes", `{key:${secret}}`, "2:2: not valid JSON"],
    ["an end too early", `{"key":"a","value":"${secret}`, "2:28: not valid JSON"],
    ["a bad escape", `{"key":"${secret}\\x"}`, "2:17: not valid JSON"],
    ["something behind it", `{"key":"a","value":"v"} ${secret}`, "2:25: not valid JSON"],
    ["nothing but a byte order mark", "\ufeff", "2:1: not valid JSON"],
    ["nothing but a space of another kind", "\u00a0", "2:1: not valid JSON"],
    ["a text", `"${secret}"`, "2: must be an object, not a string"],
  ])("by %s are named, and the others are read", async (_, line, problem) => {
    const { entries, places, problems } = await readText(`{"key":"a","value":"1"}\n${line}\n{"key":"b","value":"2"}\n`);
    expect(problems).toEqual([`source:${problem}`]);
    expect(entries).toEqual([entry({ key: "a", value: "1" }), entry({ key: "b", value: "2" })]);
    expect(places).toEqual(["source:1", "source:3"]);
  });

  test("are all named, columns in what an editor counts", async () => {
    const { problems } = await readText('{"ä🙂":x\r\n\r\n  [\n{"ä🙂":"y\r\n', { format: "ndjson" });
    expect(problems).toEqual([
      "source:1:8: not valid JSON",
      "source:3:4: not valid JSON",
      "source:4:10: not valid JSON",
    ]);
  });

  test("by bytes that are no UTF-8 are named with the place of the first one", async () => {
    const lines = [
      Buffer.from('{"key":"a","value":"1"}\n{"key":"\ufffd🙂'),
      Buffer.from([0xf0, 0x9f, 0x99]),
      Buffer.from(`${secret}"}\n{"key":"b","value":"`),
      Buffer.from([0xff]),
      Buffer.from('"}\n\n{"key":"ä","value":"2"}'),
    ];
    const path = folder.write("seed.ndjson", Buffer.concat(lines));
    for (const chunkBytes of [1, 10, 1000]) {
      const { entries, problems } = await read(asset({ path }), { chunkBytes });
      expect(problems).toEqual([`${path}:2:12: not valid UTF-8`, `${path}:3:21: not valid UTF-8`]);
      expect(entries.map(({ key }) => key)).toEqual(["a", "ä"]);
    }
  });

  test("by their length are named unread", async () => {
    const long = `{"key":"${"x".repeat(100)}"}`;
    const text = `${long}\n{"key":"a","value":"1"}\n\n${long}\n{"key":"b","value":"2"}\n${long}`;
    const { entries, places, problems } = await readText(text, { format: "ndjson", chunkBytes: 20, maxEntryBytes: 50 });
    expect(problems).toEqual([1, 4, 6].map((line) => `source:${line}:1: longer than an entry can be`));
    expect(entries.map(({ key }) => key)).toEqual(["a", "b"]);
    expect(places).toEqual(["source:2", "source:5"]);
  });
});

describe("an array that cannot be read to its end", () => {
  const good = '{"key":"a","value":"1"}';

  test.each([
    ["a comma at its end", `[${good},]`, "1:26", 1],
    ["a comma at its start", `[,${good}]`, "1:2", 0],
    ["two commas", `[${good},\n ,${good}]`, "2:2", 1],
    ["no comma", `[${good}\n${good}]`, "2:1", 0],
    ["another bracket", `[${good}}`, "1:25", 1],
    ["a bracket too many", `[${good}]]`, "1:26", 1],
    ["something behind it", `[${good}]\n \n ${secret}`, "3:2", 1],
    ["no end", `[${good}`, "1:25", 1],
    ["no end after a comma", `[${good},\n`, "2:1", 1],
    ["no beginning of an entry", "[", "1:2", 0],
    ["a bracket of the wrong kind", `[${good},{"key":"${secret}"],${good}]`, "1:42", 1],
    ["a missing quote", `[${good},\n{"key":"${secret},"value":""},${good}]`, "2:18", 1],
    ["a line feed in a string", `[${good},{"key":"${secret}\n"},${good}]`, "1:41", 1],
    ["a bad escape", `[${good},{"key":"\\${secret}"},${good}]`, "1:35", 1],
    ["a comment", `[${good}, // ${secret}\n${good}]`, "1:27", 1],
  ])("by %s has the entries before it, and the place", async (_, text, place, count) => {
    for (const chunkBytes of [1, 7, 1000]) {
      const { entries, problems } = await readText(text, { chunkBytes });
      expect(problems).toEqual([`source:${place}: not valid JSON`]);
      expect(entries).toEqual([entry({ key: "a", value: "1" })].slice(0, count));
    }
  });

  test("by bytes that are no UTF-8 has the place of the first one", async () => {
    const bytes = [Buffer.from(`[${good},\n{"key":"ä🙂`), Buffer.from([0xc3]), Buffer.from('"}]')];
    const path = folder.write("seed.json", Buffer.concat(bytes));
    expect((await read(asset({ path }))).problems).toEqual([`${path}:2:12: not valid UTF-8`]);
  });

  test("by an element's length has its place, and does not keep it", async () => {
    const { entries, problems } = await readText(`[${good},\n{"key":"${"x".repeat(100)}`, {
      chunkBytes: 10,
      maxEntryBytes: 50,
    });
    expect(entries).toHaveLength(1);
    expect(problems).toEqual(["source:1:26: longer than an entry can be"]);
  });

  test("still has the problems of the entries before it", async () => {
    expect((await readText('[{"key":"a"},\n {"value":""},{')).problems).toEqual([
      "source:1:2: value is required, or valueBase64, or valueJson",
      "source:2:2: key is required",
      "source:2:16: not valid JSON",
    ]);
  });
});

describe("a file that cannot be read is a problem:", () => {
  test("it is missing", async () => {
    const path = folder.at("missing.ndjson");
    expect((await read(asset({ path }))).problems).toEqual([`${path}: cannot be read: ENOENT`]);
  });

  test("it is a directory", async () => {
    mkdirSync(folder.at("seed"));
    expect((await read(asset({ path: folder.at("seed") }))).problems).toEqual([`${folder.at("seed")}: is not a file`]);
  });

  unlessRoot("it may not be read", async () => {
    const path = folder.write("seed.ndjson", "{}");
    chmodSync(path, 0);
    expect((await read(asset({ path }))).problems).toEqual([`${path}: cannot be read: EACCES`]);
  });
});

const whole = [
  { key: "ä/1", value: `${secret} "quoted"`, metadata: { owner: secret } },
  { key: "b\\2", value: `${secret}🙂`, expirationTtl: 60 },
];

describe.each([
  ["lines", Buffer.from(whole.map((one) => JSON.stringify(one)).join("\n"))],
  ["an array", Buffer.from(JSON.stringify(whole, null, 1))],
])("%s cut at any byte", (form, bytes) => {
  test("give the entries before the cut, and a problem that quotes nothing", async () => {
    for (let length = 1; length < bytes.length; length++) {
      const path = folder.write("seed", bytes.subarray(0, length));
      const { entries, problems } = await read(asset({ path }), { format: form === "lines" ? "ndjson" : "json" });
      expect(entries).toEqual(whole.slice(0, entries.length).map(entry));
      const isAtLineEnd = form === "lines" && problems.length === 0;
      if (isAtLineEnd) expect(bytes.subarray(0, length).toString().trimEnd()).toMatch(/}$/);
      else expect(problems).toEqual([expect.stringMatching(/^\S+:\d+:\d+: not valid (?:JSON|UTF-8)$/)]);
    }
  });
});

test("whatever bytes a file has, each problem has its line, and quotes nothing", async () => {
  const text = Buffer.from(`[\n${whole.map((one) => JSON.stringify(one)).join(",\n")}\n]`);
  const damaged = fc.record({
    start: fc.nat(3),
    at: fc.nat(text.length),
    removed: fc.nat(10),
    inserted: fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom(...'"{}[],:\\\n').map((one) => Buffer.from(one)),
    ),
    chunkBytes: fc.integer({ min: 1, max: 50 }),
  });
  await fc.assert(
    fc.asyncProperty(damaged, async ({ start, at, removed, inserted, chunkBytes }) => {
      const path = folder.write(
        "seed",
        Buffer.concat([text.subarray(start, at), inserted, text.subarray(at + removed)]),
      );
      const { problems } = await read(asset({ path }), { chunkBytes });
      for (const problem of problems) {
        expect(problem.startsWith(`${path}:`)).toBe(true);
        expect(problem).not.toContain(secret);
      }
    }),
    { numRuns: 500 },
  );
});
