import fc from "fast-check";
import { parseJson } from "../../../../provider/resources/key-value-set/source/json-text";

function errorAt(text: string): number | undefined {
  const parsed = parseJson(text);
  return "errorAt" in parsed ? parsed.errorAt : undefined;
}

/** The offending character is marked; nothing is marked where only the rest is missing. */
test.each([
  [""],
  [" \n"],
  ["{"],
  ['{"a"'],
  ['{"a":'],
  ['{"a":1'],
  ['{"a":1,'],
  ["[1"],
  ["[1,"],
  ['"abc'],
  ['"abc\\'],
  ['"\\u12'],
  ["tru"],
  ["-"],
  ["1."],
  ["1e"],
  ["1e+"],
  ["[]«]"],
  ["«}"],
  ["{«,}"],
  ['{"a"«,1}'],
  ['{"a":«}'],
  ['{"a":1«]'],
  ['{"a":1,«}'],
  ["{«a:1}"],
  ["{«'a':1}"],
  ["[1,«]"],
  ["[«,1]"],
  ["[1 «2]"],
  ["1 «,"],
  ["{}«{}"],
  ['"a«\u0001"'],
  ['"a«\n"'],
  ['"\\«x"'],
  ['"\\u12«g4"'],
  ["tru«x"],
  ["nul«]"],
  ["«True"],
  ["«undefined"],
  ["«NaN"],
  ["0«1"],
  ["-«a"],
  ["1.«e5"],
  ["1e«a"],
  ["1e5«."],
  ["«.5"],
  ["«+1"],
  ["«\ufeff1"],
  ["1«\u00a0"],
])("the error in %j is at its mark, or its end", (marked) => {
  const mark = marked.indexOf("«");
  expect(errorAt(marked.replace("«", ""))).toBe(mark < 0 ? marked.length : mark);
});

test("nesting has no limit", () => {
  expect(errorAt("[".repeat(1_000_000))).toBe(1_000_000);
});

const brokenJson = fc
  .record({
    json: fc.json({ stringUnit: "binary" }),
    at: fc.nat(),
    removed: fc.nat(2),
    inserted: fc.constantFrom("", '"', "\\", "{", "]", ",", ":", "-", "e", ".", "0", "u", "\n", "t"),
  })
  .map(({ json, at, removed, inserted }) => {
    const start = at % (json.length + 1);
    return json.slice(0, start) + inserted + json.slice(start + removed);
  });

test("the error is where JSON.parse has it, if it says so", () => {
  fc.assert(
    fc.property(brokenJson, (text) => {
      const expected = statedPosition(text);
      if (expected !== undefined) expect(errorAt(text)).toBe(expected);
    }),
    { numRuns: 3000 },
  );
});

/** What V8 tells in some of its messages. */
function statedPosition(text: string): number | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    const position = / at position (\d+)/.exec(message)?.[1];
    if (message === "Unexpected end of JSON input") return text.length;
    return position === undefined ? undefined : Number(position);
  }
}
