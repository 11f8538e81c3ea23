import { InlineEntries } from "../../../../provider/resources/key-value-set/source/inline-entries";
import { Remarks } from "../../../../provider/resources/key-value-set/source/remarks";
import { asset, unknown } from "../../../../tools/wire";
import { entry, message, read, readText } from "./reading";

const json = (key: string, value: string) => entry({ key, value, isJson: true });
const jsonValues = true;

/** In a program and in each format, the same document under `a`. */
const document = '{"b":[1,true],"a":null}';

describe("valueJson", () => {
  test.each([
    ["json", `[{"key":"a","valueJson": {"b": [1, true],\n "a": null}}]`],
    ["ndjson", `{"key":"a","valueJson": {"b": [1, true], "a": null}}\n`],
    ["map", `{"a":{"valueJson": {"b": [1, true], "a": null}}}`],
    ["csv", `key,valueJson\na,"{""b"": [1, true], ""a"": null}"\n`],
  ] as const)("in %s is stored as its compact text, members in their order", async (format, text) => {
    expect(await readText(text, { format })).toMatchObject({ entries: [json("a", document)], problems: [] });
  });

  test("in a program is stored with its members sorted", () => {
    const { entries } = new InlineEntries(undefined, [{ key: "a", valueJson: JSON.parse(document) }]).batch();
    expect(entries).toEqual([{ position: 0, ...json("a", '{"a":null,"b":[1,true]}') }]);
  });

  test.each([
    [{ value: "v" }, "entries[0].value: must not be given beside valueJson; give one of them"],
    [{ valueBase64: "AA==" }, "entries[0].valueBase64: must not be given beside valueJson; give one of them"],
    [
      { valueJson: { at: [Number.NaN] } },
      "entries[0].valueJson: has, at at[0], NaN, and NaN is not JSON; give a text, or null",
    ],
    [
      { valueJson: 2 ** 60 },
      "entries[0].valueJson: is an integer beyond 2^53, which is rounded on its way; give it as text",
    ],
    [{ valueJson: asset({ text: "" }) }, "entries[0].valueJson: must be JSON, without assets"],
    [
      { valueJson: null },
      'entries[0].valueJson: is null, which is the same as left out; for null as JSON give value: "null"',
    ],
    [
      { valueJson: "x".repeat(25 * 1024 * 1024) },
      "entries[0].valueJson: is 26214402 bytes long, at most 26214400 are allowed",
    ],
  ])("is refused with its place: case %#", (more, problem) => {
    const { problems } = new InlineEntries(undefined, [{ key: "a", valueJson: {}, ...more }]).batch();
    expect(problems.map(message)).toEqual([problem]);
  });

  test("of which a part is not known yet has a key all the same", () => {
    const { unknowns, problems } = new InlineEntries(undefined, [{ key: "a", valueJson: { b: unknown } }]).batch();
    expect([unknowns, problems]).toEqual([[{ position: 0, key: "a" }], []]);
  });

  test("null is a value in a table, where it stands by itself", async () => {
    expect((await readText("key,valueJson\na,null\n", { format: "csv" })).entries).toEqual([
      entry({ key: "a", value: "null" }),
    ]);
  });
});

describe("jsonValues", () => {
  const numbers = '{"origin":"https://a.example","ttl":30.0,"id":12345678901234567890}';

  test.each([
    [
      "json",
      `[{"key":"doc","value":${numbers}},{"key":"n","value":250},{"key":"t","value":"250"},{"key":"z","value":null}]`,
    ],
    [
      "ndjson",
      `{"key":"doc","value":${numbers}}\n{"key":"n","value":250}\n{"key":"t","value":"250"}\n{"key":"z","value":null}`,
    ],
    ["map", `{"doc":${numbers},"n":250,"t":"250","z":null}`],
  ] as const)("takes what is no text in %s as it is written", async (format, text) => {
    const { entries, problems } = await readText(text, { format, jsonValues });
    expect(problems).toEqual([]);
    expect(entries).toEqual([
      json("doc", numbers),
      json("n", "250"),
      entry({ key: "t", value: "250" }),
      json("z", "null"),
    ]);
  });

  test("takes what is no text in a program", () => {
    const values = { text: "250", number: 250, off: false, list: ["x"], none: null, later: { part: unknown } };
    const batch = new InlineEntries(values, [{ key: "e", value: { b: 1, a: 2 } }], { jsonValues }).batch();
    expect(batch.entries.map(({ key, value, isJson }) => [key, value, isJson])).toEqual([
      ["text", "250", false],
      ["number", "250", true],
      ["off", "false", true],
      ["list", '["x"]', true],
      ["none", "null", true],
      ["e", '{"a":2,"b":1}', true],
    ]);
    expect(batch.unknowns).toEqual([{ position: 5, key: "later" }]);
  });

  test("leaves bytes to be text", async () => {
    const { problems } = await readText('[{"key":"a","base64":true,"value":5}]', { jsonValues });
    expect(problems).toEqual(["source:1:2: value must be a string, not a number; quote it"]);
  });

  test("takes a member of a map whole, and says so where it looks like an entry", async () => {
    const remarks = new Remarks();
    const text = '{"flag":{"value":true},"doc":{"value":1,"color":"red"}}';
    const { entries } = await read(asset({ text }), { jsonValues, remarks });
    expect(entries).toEqual([json("flag", '{"value":true}'), json("doc", '{"value":1,"color":"red"}')]);
    expect(remarks.sentences()).toEqual([
      "source: 1 member looks like an entry: with jsonValues the whole object is stored",
    ]);
  });
});

test("null in the values of a program is nothing, and is said", () => {
  const remarks = new Remarks("values");
  const { entries, problems } = new InlineEntries({ a: null, b: "v" }, undefined, {}, false, remarks).batch();
  expect([entries.map(({ key }) => key), problems]).toEqual([["b"], []]);
  expect(remarks.sentences()).toEqual(["values: 1 key with null in place of a value: there is nothing to write"]);
});

describe("keysIncludePrefix", () => {
  const rules = { keyPrefix: "user:", keysIncludePrefix: true };

  test("takes whole keys, and refuses others", async () => {
    const { entries, problems } = await readText(
      '[{"key":"user:1","value":"v"},\n{"key":"guest:1","value":"v"}]',
      rules,
    );
    expect(entries).toEqual([entry({ key: "user:1" })]);
    expect(problems).toEqual(["source:2:1: key must begin with the keyPrefix, as keysIncludePrefix says"]);
  });

  test("counts the prefix once in the limits of a key", async () => {
    const key = `user:${"k".repeat(507)}`;
    expect((await readText(JSON.stringify([{ key, value: "v" }]), rules)).problems).toEqual([]);
    expect((await readText(JSON.stringify([{ key: `${key}k`, value: "v" }]), rules)).problems).toEqual([
      "source:1:2: key is 513 bytes long, at most 512 are allowed",
    ]);
  });

  test("judges no key while it, or the prefix, is unknown", () => {
    for (const unknowns of [
      { keyPrefix: unknown, keysIncludePrefix: true },
      { keyPrefix: "x", keysIncludePrefix: unknown },
    ]) {
      const { problems } = new InlineEntries({ a: "v" }, undefined, unknowns as never).batch();
      expect(problems).toEqual([]);
    }
  });
});
