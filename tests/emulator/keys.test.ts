import fc from "fast-check";
import { Api } from "./api";

let api: Api;
let id: string;
beforeAll(async () => {
  api = await Api.start();
});
beforeEach(async () => {
  id = await api.namespace();
});
afterAll(() => api.close());

const names = async (query = "") =>
  ((await api.succeed("GET", `/${id}/keys${query}`)).result as { name: string }[]).map(({ name }) => name);

/** All pages, as a client reads them. */
async function pages(query: string): Promise<string[][]> {
  const found: string[][] = [];
  let cursor = "";
  do {
    const { result, result_info } = await api.succeed("GET", `/${id}/keys?${query}&cursor=${cursor}`);
    found.push((result as { name: string }[]).map(({ name }) => name));
    cursor = String(result_info?.cursor);
  } while (cursor !== "");
  return found;
}

test("keys come in the order of their UTF-8 bytes, not of their UTF-16 units", async () => {
  await api.seed(id, { "\u{1f600}": "", "\uffee": "", b: "", B: "", "a/": "", a: "", é: "" });
  expect(await names()).toEqual(["B", "a", "a/", "b", "é", "\uffee", "\u{1f600}"]);
});

test("an entry shows its expiration and metadata only when it has them", async () => {
  const expiration = Math.floor(Date.now() / 1000) + 1000;
  await api.seed(id, [
    { key: "a", value: "", expiration, metadata: { a: 1 } },
    { key: "b", value: "" },
  ]);
  expect((await api.succeed("GET", `/${id}/keys`)).result).toEqual([
    { name: "a", expiration, metadata: { a: 1 } },
    { name: "b" },
  ]);
});

test("pages of 10 end with an empty cursor, also when the last page is full", async () => {
  const keys = Array.from({ length: 20 }, (_, index) => `key ${String(index).padStart(2, "0")}`);
  await api.seed(id, Object.fromEntries(keys.map((key) => [key, ""])));
  expect(await pages("limit=10")).toEqual([keys.slice(0, 10), keys.slice(10)]);
});

test("a page has 1,000 keys unless asked otherwise", async () => {
  await api.seed(id, Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`key ${index}`, ""])));
  expect((await pages("")).map((page) => page.length)).toEqual([1000, 1]);
});

test("a cursor without its prefix goes on with other keys", async () => {
  const keys = Array.from({ length: 11 }, (_, index) => `a${String.fromCharCode(97 + index)}`);
  await api.seed(id, Object.fromEntries([...keys, "b"].map((key) => [key, ""])));
  const { result_info } = await api.succeed("GET", `/${id}/keys?limit=10&prefix=a`);
  expect(await names(`?limit=10&prefix=a&cursor=${result_info?.cursor}`)).toEqual(["ak"]);
  expect(await names(`?limit=10&cursor=${result_info?.cursor}`)).toEqual(["ak", "b"]);
});

test("a prefix matches exact names, is case-sensitive, and empty is none", async () => {
  await api.seed(id, { a: "", ab: "", A: "", "a b": "", b: "" });
  expect(await names("?prefix=a")).toEqual(["a", "a b", "ab"]);
  expect(await names("?prefix=a+b")).toEqual(["a b"]);
  expect(await names("?prefix=")).toEqual(["A", "a", "a b", "ab", "b"]);
});

test("whatever keys are written, all pages together hold exactly those under the prefix, in byte order", async () => {
  const key = fc.string({ unit: "binary", minLength: 1, maxLength: 8 }).filter((text) => !/^\.{1,2}$/.test(text));
  const sets = fc.uniqueArray(key, { maxLength: 60 });
  const prefixes = fc.string({ unit: "binary", maxLength: 1 });
  await fc.assert(
    fc.asyncProperty(sets, prefixes, async (keys, prefix) => {
      id = await api.namespace();
      await api.seed(
        id,
        keys.map((name) => ({ key: name, value: name })),
      );
      const expected = keys
        .filter((name) => name.startsWith(prefix))
        .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
      expect((await pages(`limit=10&prefix=${encodeURIComponent(prefix)}`)).flat()).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});
