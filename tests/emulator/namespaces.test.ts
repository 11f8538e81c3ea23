import { Api, account } from "./api";

let api: Api;
beforeEach(async () => {
  api = await Api.start();
});
afterEach(() => api.close());

const titled = (title: string, more = {}) => ({ body: JSON.stringify({ title, ...more }) });

test("a created namespace has a random id of 32 hexadecimal digits and is read back as created", async () => {
  const { result } = await api.succeed("POST", "", titled("one"));
  expect(result).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/), title: "one", supports_url_encoding: true });
  const { id } = result as { id: string };
  expect((await api.succeed("GET", `/${id}`)).result).toEqual(result);
  expect(api.emulator.namespaces()).toEqual([{ id, account, title: "one" }]);
});

test("a jurisdiction is echoed and survives a rename", async () => {
  const { result } = await api.succeed("POST", "", titled("one", { jurisdiction: "eu" }));
  expect(result).toMatchObject({ jurisdiction: "eu" });
  const renamed = await api.succeed("PUT", `/${(result as { id: string }).id}`, titled("two"));
  expect(renamed.result).toEqual({ ...(result as object), title: "two" });
});

test("titles are told apart byte for byte, and per account", async () => {
  const titles = ["a", "A", " a", "é", "e\u0301"];
  for (const title of titles) await api.namespace(title);
  await api.succeed("POST", `/accounts/${"f".repeat(32)}/storage/kv/namespaces`, titled("a"));
  expect(api.emulator.namespaces(account).map(({ title }) => title)).toEqual(titles);
});

test("renaming keeps the id and the pairs, and frees the old title", async () => {
  const id = await api.namespace("old");
  await api.seed(id, { key: "value" });
  await api.succeed("PUT", `/${id}`, titled("new"));
  await api.succeed("PUT", `/${id}`, titled("new"));
  await api.namespace("old");
  expect(api.emulator.entry(id, "key")?.value.toString()).toBe("value");
});

test("deleting a namespace deletes its pairs, answers null, and frees its title", async () => {
  const id = await api.namespace("one");
  await api.seed(id, { key: "value" });
  expect((await api.succeed("DELETE", `/${id}`)).result).toBeNull();
  expect(await api.refusal("GET", `/${id}/values/key`)).toEqual([404, 10013, "get: 'namespace not found'"]);
  expect(api.emulator.keys(await api.namespace("one"))).toEqual([]);
});

test("a namespace is not found through another account", async () => {
  const id = await api.namespace();
  const foreign = `/accounts/${"f".repeat(32)}/storage/kv/namespaces/${id}`;
  expect((await api.refusal("GET", foreign))[1]).toBe(10013);
  expect((await api.refusal("PUT", `${foreign}/values/a`, { body: "x" }))[1]).toBe(10013);
});

test("the key `..`, resolved by a URL library, is the namespace itself", async () => {
  const id = await api.namespace();
  expect((await api.refusal("DELETE", `/${id}/values/..`))[1]).toBe(10042);
  await api.succeed("DELETE", `/${id}/`);
  expect(api.emulator.namespaces()).toEqual([]);
});

describe("a list of 25 namespaces", () => {
  beforeEach(async () => {
    for (let index = 0; index < 25; index += 1) await api.namespace(`title ${String.fromCharCode(97 + index)}`);
  });

  const lists: [query: string, count: number, page: number, perPage: number][] = [
    ["", 20, 1, 20],
    ["?page=2", 5, 2, 20],
    ["?page=3", 0, 3, 20],
    ["?per_page=10&page=3", 5, 3, 10],
    ["?per_page=1000", 25, 1, 1000],
    ["?per_page=&page=", 20, 1, 20],
  ];
  test.each(lists)("with query '%s' shows %i", async (query, count, page, perPage) => {
    const { result, result_info } = await api.succeed("GET", query);
    expect(result).toHaveLength(count);
    expect(result_info).toEqual({ page, per_page: perPage, count, total_count: 25 });
  });

  const orders: [query: string, property: "id" | "title", direction: 1 | -1][] = [
    ["?per_page=100", "id", 1],
    ["?per_page=100&order=id&direction=desc", "id", -1],
    ["?per_page=100&order=title", "title", 1],
    ["?per_page=100&order=title&direction=desc", "title", -1],
  ];
  test.each(orders)("with query '%s' is ordered by %s", async (query, property, direction) => {
    const result = (await api.succeed("GET", query)).result as { id: string; title: string }[];
    const shown = result.map((namespace) => namespace[property]);
    expect(shown).toEqual([...shown].sort((one, other) => (one < other ? -direction : direction)));
  });
});
