import { leaksOf } from "../../tools/leaks";

const secret = 'se/cret "ü" value';

test("a secret is found as it is", () => {
  expect(leaksOf([secret], `before ${secret} after`)).toEqual([{ secret, form: "raw" }]);
});

test.each(["", "a", "ab", "abc"])("a secret behind %j is found in base64, whatever follows", (before) => {
  for (const after of ["", "x", "xy", "xyz"]) {
    const bytes = Buffer.from(before + secret + after);
    expect(leaksOf([secret], bytes.toString("base64"))).toHaveLength(1);
    expect(leaksOf([secret], bytes.toString("base64url"))).toHaveLength(1);
  }
});

test("a secret is found percent-encoded, wholly or where it must be", () => {
  const hex = Buffer.from(secret).toString("hex");
  const texts = [encodeURIComponent(secret), hex.replaceAll(/../g, "%$&"), hex.toUpperCase().replaceAll(/../g, "%$&")];
  for (const text of texts) expect(leaksOf([secret], text)).toEqual([{ secret, form: "percent-encoded" }]);
});

test("a secret is found in JSON, and in JSON that a JSON string holds", () => {
  const json = JSON.stringify({ value: secret });
  expect(leaksOf([secret], json)).toEqual([{ secret, form: "JSON" }]);
  expect(leaksOf([secret], JSON.stringify(json))).toEqual([{ secret, form: "JSON in JSON" }]);
});

test("a part of a secret is none", () => {
  expect(leaksOf([secret], secret.slice(1) + Buffer.from(secret.slice(1)).toString("base64"))).toEqual([]);
});

test("a secret that is too short to be told from chance is refused", () => {
  expect(() => leaksOf(["short"], "")).toThrow("a secret of 5 bytes cannot be looked for");
});
