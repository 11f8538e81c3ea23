import fc from "fast-check";
import { canonicalJson, canonicalText, foundJson, jsonProblem, memberText } from "../../provider/resources/json";

describe("a JSON text", () => {
  test.each([
    ["white space", '{"a":[1,2]}', ' { "a" :\n[ 1 ,\t2 ] } '],
    ["the order of members", '{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}'],
    ["escapes", '"é/"', '"\\u00e9\\/"'],
  ])("is the same whatever %s it has", (_, one, other) => {
    expect(canonicalText(one)).toBe(canonicalText(other));
  });

  test.each([
    ["of items", "[1,2]", "[2,1]"],
    ["numbers that are written otherwise", "1.50", "1.5"],
    ["numbers that readers round", "12345678901234567890", "12345678901234567891"],
    ["null and nothing", '{"a":null}', "{}"],
    ["text and number", '"1"', "1"],
  ])("is another with another order or kind: %s", (_, one, other) => {
    expect(canonicalText(one)).not.toBe(canonicalText(other));
  });

  test.each(["", "{", "not json", '{"a":1}x', "NaN", `${"[".repeat(100_000)}1${"]".repeat(100_000)}`])(
    "is none: case %#",
    (text) => {
      expect([canonicalText(text), foundJson(text)]).toEqual([undefined, undefined]);
    },
  );

  test("is what any JSON writer would write of it, once it is parsed", () => {
    // As it comes from a text: there is no negative zero.
    const any = fc.json().map((text): unknown => JSON.parse(text));
    fc.assert(
      fc.property(any, (value) => {
        const text = JSON.stringify(value, undefined, 1);
        expect(canonicalText(text)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });
});

describe("a member of a file's entry", () => {
  test.each([
    [
      "numbers as they are written",
      '{"key":"k","valueJson":{"n": 1.50, "big": 12345678901234567890,\n"e":1E5, "z":-0}}',
    ],
    ["numbers that no reader has", '{"valueJson":{"n":1e400}}'],
    ["names of every kind", '{"valueJson":{"__proto__":{"a":1},"":2,"é":3}}'],
  ])("is stored with %s", (_, json) => {
    const expected = json.replaceAll(/\s/g, "").replace(/^.*"valueJson":(.*)}$/, "$1");
    expect(memberText(JSON.parse(json), "valueJson", json)).toBe(expected);
  });
});

test.each([
  ["NaN", { a: [Number.NaN] }, "has, at a[0], NaN, and NaN is not JSON; give a text, or null"],
  ["a rounded integer", 2 ** 53, "is an integer beyond 2^53, which is rounded on its way; give it as text"],
  ["half a character", "\ud800", "is a lone surrogate, which UTF-8 cannot carry; remove it"],
])("what would not come back is refused: %s", (_, value, reason) => {
  expect(jsonProblem(value)).toBe(reason);
});

test("of a program, a document that is nested too deeply is refused", () => {
  const deep = JSON.parse(`${"[".repeat(100_000)}1${"]".repeat(100_000)}`);
  expect(jsonProblem(deep)).toBe("is nested too deeply to be written as JSON");
  expect(jsonProblem(deep, true)).toBe("is nested too deeply to be written as JSON");
});

test("what was found is shown as JSON only where Pulumi can carry it as it is", () => {
  expect(foundJson('{"a":[1.5,null]}')).toEqual({ a: [1.5, null] });
  for (const text of ["null", '{"n":12345678901234567890}', "1e400", '"\\ud800"'])
    expect(foundJson(text)).toBeUndefined();
});
