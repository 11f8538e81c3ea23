import { InlineEntries } from "../../../../provider/resources/key-value-set/source/inline-entries";
import { unknown } from "../../../../tools/wire";
import { entry, message } from "./reading";

function judge(values: unknown, entries?: unknown) {
  const inline = new InlineEntries(values, entries);
  const batch = inline.batch();
  return {
    entries: batch.entries.map(({ position, ...declared }) => [inline.place(position), declared]),
    unknowns: batch.unknowns.map(({ position, key }) => [inline.place(position), key]),
    unknownKeys: batch.unknownKeys,
    problems: batch.problems.map(message),
  };
}

const nothing = { entries: [], unknowns: [], unknownKeys: { entries: 0, inputs: [] }, problems: [] };

test("values and entries are entries, each with its place", () => {
  const values = JSON.parse('{"__proto__":"1","say \\"hi\\"":"2"}');
  expect(judge(values, [{ key: "c", value: "3", expiration_ttl: 60 }])).toEqual({
    ...nothing,
    entries: [
      ['values["__proto__"]', entry({ key: "__proto__", value: "1" })],
      ['values["say \\"hi\\""]', entry({ key: 'say "hi"', value: "2" })],
      ["entries[0]", entry({ key: "c", value: "3", expirationTtl: 60 })],
    ],
  });
});

test("what is left out declares nothing", () => {
  expect(judge(undefined, null)).toEqual(nothing);
  expect(judge({}, [])).toEqual(nothing);
});

test("each problem has its path", () => {
  const values = { "": "v", a: 1, c: { d: "" }, "..": ["x"] };
  const entries = [
    { key: "", value: "v", metadata: { owner: "x".repeat(1013) } },
    null,
    { key: "k", value: "v", "a b": 1, c: 2 },
  ];
  expect(judge(values, entries).problems).toEqual([
    'values[""]: key must not be empty',
    'values["a"]: must be a string, not a number; quote it, or set jsonValues: true',
    'values["c"]: must be a string, not an object; JSON.stringify it, or set jsonValues: true',
    'values[".."]: key must not be "..", which the API refuses as a key',
    'values[".."]: must be a string, not a list; JSON.stringify it, or set jsonValues: true',
    "entries[0].key: must not be empty",
    "entries[0].metadata: is 1025 bytes long as JSON, at most 1024 are allowed",
    "entries[1]: must be an object, not null",
    expect.stringMatching(/^entries\[2\]\.c: is an unknown member; expected one of key, /),
    expect.stringMatching(/^entries\[2\]: has an unknown member; expected one of key, /),
  ]);
});

test("a key that is too long is shown as far as a key can go", () => {
  expect(judge({ ["x".repeat(1000)]: "" }).problems).toEqual([
    `values["${"x".repeat(512)}…"]: key is 1000 bytes long, at most 512 are allowed`,
  ]);
});

test.each([
  ["values", ["a"], undefined, "values: must be a map, not a list"],
  ["values", "a", undefined, "values: must be a map, not a string"],
  ["entries", undefined, { a: 1 }, "entries: must be a list, not an object"],
])("%s of another kind are a problem", (_, values, entries, problem) => {
  expect(judge(values, entries)).toEqual({ ...nothing, problems: [problem] });
});

describe("what is not known yet", () => {
  test.each([
    ["values", unknown, undefined, { entries: 0, inputs: ["values"] }],
    ["entries", undefined, unknown, { entries: 0, inputs: ["entries"] }],
    ["an entry", undefined, [unknown], { entries: 1, inputs: [] }],
    ["a key", undefined, [{ key: unknown, value: "v" }], { entries: 1, inputs: [] }],
    ["a key and its value", undefined, [{ key: unknown, value: unknown }], { entries: 1, inputs: [] }],
  ])("%s may declare any keys", (_, values, entries, unknownKeys) => {
    expect(judge(values, entries)).toEqual({ ...nothing, unknownKeys });
  });

  test.each([
    ["the value", { value: unknown }],
    ["the value in base64", { valueBase64: unknown }],
    ["the value in one of two forms", { value: "v", valueBase64: unknown }],
    ["whether it is base64", { value: "v", base64: unknown }],
    ["a part of the metadata", { value: "v", metadata: { owner: [unknown] } }],
    ["the expiration", { value: "v", expiration: unknown, expirationTtl: 60 }],
    ["the time to live in one of two spellings", { value: "v", expirationTtl: 60, expiration_ttl: unknown }],
  ])("%s leaves the key", (_, rest) => {
    expect(judge({}, [{ key: "k", ...rest }])).toEqual({ ...nothing, unknowns: [["entries[0]", "k"]] });
  });

  test("a value leaves the key", () => {
    expect(judge({ a: unknown, b: "v" })).toEqual({
      ...nothing,
      entries: [['values["b"]', entry({ key: "b" })]],
      unknowns: [['values["a"]', "a"]],
    });
  });

  test.each<[string, unknown, unknown, string]>([
    ["a bad key beside it", { "": unknown }, undefined, 'values[""]: key must not be empty'],
    ["a bad key of its entry", {}, [{ key: "", value: unknown }], "entries[0].key: must not be empty"],
    [
      "a bad value of its entry",
      {},
      [{ key: unknown, value: 1 }],
      "entries[0].value: must be a string, not a number; quote it, or set jsonValues: true",
    ],
    [
      "a missing value of its entry",
      {},
      [{ key: "k", metadata: unknown }],
      "entries[0].value: is required, or valueBase64, or valueJson",
    ],
    ["a missing key of its entry", {}, [{ value: unknown }], "entries[0].key: is required"],
    [
      "a bad time beside it",
      {},
      [{ key: "k", value: unknown, expirationTtl: 1 }],
      "entries[0].expirationTtl: must be at least 60 seconds, not 1",
    ],
  ])("does not hide %s", (_, values, entries, problem) => {
    expect(judge(values, entries)).toEqual({ ...nothing, problems: [problem] });
  });

  test("does not hide a stranger", () => {
    const { problems, unknowns } = judge({}, [{ key: "k", value: "v", ttl: unknown }]);
    expect(problems).toEqual([expect.stringMatching(/^entries\[0\]\.ttl: is an unknown member/)]);
    expect(unknowns).toEqual([]);
  });
});
