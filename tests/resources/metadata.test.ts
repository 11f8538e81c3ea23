import { metadataProblem } from "../../provider/resources/metadata";
import { asset } from "../../tools/wire";

describe("metadata that would not come back as they are given", () => {
  test.each<[string, unknown, string]>([
    ["NaN", { x: Number.NaN }, "has, at x, NaN, and NaN is not JSON"],
    ["an infinity", { a: [{ b: -Infinity }] }, "has, at a[0].b, -Infinity, and -Infinity is not JSON"],
    ["nothing but an infinity", Infinity, "is Infinity, and Infinity is not JSON"],
    ["an integer beyond 2^53", { id: 2 ** 53 }, "has, at id, an integer beyond 2^53"],
    ["a lone surrogate", ["\ud800"], "has, at [0], a lone surrogate"],
    ["a lone surrogate in a name", { a: { "\udc00": 1 } }, "has, at a, a lone surrogate"],
    ["a bigint", { x: 1n }, "has, at x, a bigint, which is not JSON"],
    ["an asset", { x: asset({ text: "a" }) }, "must be JSON, without assets"],
    ["a name that may be a value", { "tok-1": { x: Number.NaN } }, "has, at ….x, NaN"],
  ])("are refused with the place: %s", (_, metadata, problem) => {
    expect(metadataProblem(metadata)).toContain(problem);
  });

  test("are refused where they are nested without end", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    expect(metadataProblem(deep)).toBe("is nested too deeply to be written as JSON");
  });

  test.each([
    ["9007199254740993", "has, at x, a number that readers"],
    ["1e400", "has, at x, Infinity, and Infinity is not JSON"],
    ["1.00000000000000000001", "has, at x, a number that readers of JSON take for another one"],
    ["0.1000000000000000055511151231257827", "has, at x, a number that readers of JSON take for another one"],
    ["1e-400", "has, at x, a number that readers of JSON take for another one"],
  ])("are refused where a number of a file is rounded: %s", (number, problem) => {
    const json = `{"key":"a","value":"1","metadata":{"x":${number}}}`;
    expect(metadataProblem(JSON.parse(json).metadata, json)).toContain(problem);
  });
});

test.each([
  "0",
  "-0",
  "0e5",
  "1.50",
  "1e3",
  "100E-2",
  "1.7976931348623157e308",
  "5e-324",
  "9007199254740991",
  "0.1",
  "123456789.12345678",
  "1e21",
  "9007199254740992",
])("a number that is read as it is written is good: %s", (number) => {
  const json = `{"key":"a","value":"12345678901234567890","metadata":{"__proto__":[${number}],"n":12345}}`;
  expect(metadataProblem(JSON.parse(json).metadata, json)).toBeUndefined();
});

test("digits beside the metadata mean nothing", () => {
  const json = '{"key":"a","value":"1","expiration":1e400,"metadata":{"id":"9007199254740993","n":1}}';
  expect(metadataProblem(JSON.parse(json).metadata, json)).toBeUndefined();
});
