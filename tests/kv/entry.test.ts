import {
  expirationProblem,
  expirationTtlProblem,
  hasExpired,
  keyProblem,
  metadataProblem,
  valueProblem,
} from "../../provider/kv/entry";

const now = 1_900_000_000;

test.each([
  [0, undefined],
  [26_214_400, undefined],
  [26_214_401, "is 26214401 bytes long, at most 26214400 are allowed"],
])("a value of %i bytes", (bytes, problem) => {
  expect(valueProblem(bytes)).toBe(problem);
});

test.each([
  ["k".repeat(512), undefined],
  ["é".repeat(256), undefined],
  ["...", undefined],
  ["", "must not be empty"],
  [".", 'must not be ".", which the API refuses as a key'],
  ["..", 'must not be "..", which the API refuses as a key'],
  ["\ud800", "has a lone surrogate, which UTF-8 cannot carry; remove it"],
  ["k".repeat(513), "is 513 bytes long, at most 512 are allowed"],
])("a key %#", (key, problem) => {
  expect(keyProblem(key)).toBe(problem);
});

test.each([
  [undefined, undefined],
  [null, undefined],
  [{ a: [null, 1.5, "é", true] }, undefined],
  ["x".repeat(1022), undefined],
  ["x".repeat(1023), "is 1025 bytes long as JSON, at most 1024 are allowed"],
  ["é".repeat(511), undefined],
  [`${"é".repeat(511)}x`, "is 1025 bytes long as JSON, at most 1024 are allowed"],
  ["\n".repeat(512), "is 1026 bytes long as JSON, at most 1024 are allowed"],
])("metadata %#", (metadata, problem) => {
  expect(metadataProblem(metadata)).toBe(problem);
});

test.each([
  [now, undefined],
  [2 ** 31 - 1, undefined],
  [2 ** 31, "must be unix seconds up to 2147483647, not 2147483648"],
  [
    1_900_000_000_000,
    "must be unix seconds up to 2147483647, not 1900000000000; it looks like milliseconds: divide by 1000",
  ],
  [3600, "must be an absolute time in unix seconds, not 3600; for a time to live use expirationTtl"],
  [-1, "must be an absolute time in unix seconds, not -1; for a time to live use expirationTtl"],
  [now + 0.5, "must be whole unix seconds, not 1900000000.5"],
])("an expiration of %d", (expiration, problem) => {
  expect(expirationProblem(expiration)).toBe(problem);
});

test.each([
  [60, undefined],
  [2 ** 31 - 1 - 1_700_000_000, undefined],
  [2 ** 31 - 1_700_000_000, "must end by 2147483647 in unix seconds (2038), not 447483648 seconds from now"],
  [
    14 * 24 * 3_600_000,
    "must end by 2147483647 in unix seconds (2038), not 1209600000 seconds from now; it looks like milliseconds: divide by 1000",
  ],
  [59, "must be at least 60 seconds, not 59"],
  [0, "must be at least 60 seconds, not 0"],
  [-60, "must be at least 60 seconds, not -60"],
  [60.5, "must be whole seconds, not 60.5"],
  [now, "must be seconds from the write, not 1900000000; for an absolute time use expiration"],
])("a time to live of %d", (ttl, problem) => {
  expect(expirationTtlProblem(ttl)).toBe(problem);
});

test("a time to live that ends after the last time, by the clock", () => {
  expect(expirationTtlProblem(2 ** 31 - 1 - now, now)).toBeUndefined();
  expect(expirationTtlProblem(2 ** 31 - now, now)).toMatch(/^must end by 2147483647/);
});

test.each([
  [now + 61, false],
  [now + 60, false],
  [now + 59, true],
  [now - 1, true],
])("an expiration at %d", (expiration, expired) => {
  expect(hasExpired(expiration, now)).toBe(expired);
});
