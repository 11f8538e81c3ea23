import fc from "fast-check";
import { quoted } from "../../provider/kv/quote";

test.each([
  ["plain/ключ 🔑", '"plain/ключ 🔑"'],
  ['a "b"\n', '"a \\"b\\"\\n"'],
  ["\u001b[2J\u007f\u009b31m", '"\\u001b[2J\\u007f\\u009b31m"'],
  ["\u202etxt.exe\u2028\u{e0001}", '"\\u202etxt.exe\\u2028\\udb40\\udc01"'],
])("the name %j is shown as %s", (name, shown) => {
  expect(quoted(name)).toBe(shown);
});

test("what is shown is the name in JSON, and nothing that a terminal obeys", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      expect(JSON.parse(quoted(name))).toBe(name);
      expect(quoted(name)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});
