import type { ListPage, ListPosition } from "../../provider/pulumi/function-provider";
import type { Properties } from "../../provider/pulumi/resource-provider";
import { quietCall } from "../quiet-call";
import { accountId, failureOf, otherId, unknown, World } from "../resources/world";

let world: World;
let namespaceId: string;
beforeEach(async () => {
  world = await World.start();
  await api("POST", "", '{"title":"data"}');
  namespaceId = world.emulator.namespaces()[0]?.id ?? "";
  world.requests();
});
afterEach(() => world.close());

/** As somebody else. */
async function api(method: string, path: string, body: string): Promise<void> {
  const url = `${world.emulator.url}/accounts/${accountId}/storage/kv/namespaces${path}`;
  const answer = await fetch(url, { method, headers: { authorization: "Bearer somebody-else" }, body });
  if (!answer.ok) throw new Error(await answer.text());
}

const start: ListPosition = { limit: undefined, pageSize: undefined, token: "" };

async function page(
  of: string,
  query: Properties,
  position: Partial<ListPosition> = {},
): Promise<ListPage | undefined> {
  const listing = world.core.listings.get(`cloudflare-kv:index:${of}`);
  if (!listing) throw new Error(`no listing of ${of}`);
  return listing.list(query, { ...start, ...position }, quietCall);
}

/** All pages, and how many there were. */
async function all(of: string, query: Properties, position: Partial<ListPosition> = {}): Promise<[string[], number]> {
  const names: string[] = [];
  let [token, pages] = ["", 0];
  do {
    const found = await page(of, query, { ...position, token });
    names.push(...(found?.items ?? []).map(({ name }) => name));
    token = found?.token ?? "";
    pages += 1;
  } while (token !== "");
  return [names, pages];
}

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `key-${String(index).padStart(5, "0")}`);

async function put(...keys: string[]): Promise<void> {
  await api("PUT", `/${namespaceId}/bulk`, JSON.stringify(keys.map((key) => ({ key, value: "v" }))));
  world.requests();
}

test("lists the namespaces of the account, by the ids that import them", async () => {
  await api("POST", "", '{"title":"another"}');
  const found = await page("Namespace", {});
  expect(found?.items.map(({ name }) => name)).toEqual(["another", "data"]);
  expect([found?.items[1]?.id, found?.token]).toEqual([`${accountId}/${namespaceId}`, ""]);
});

test("lists the keys of a namespace, with a prefix or without", async () => {
  await put("a/1", "a/2", "b");
  expect(await page("KeyValue", { namespaceId, prefix: "a/" })).toEqual({
    items: ["a/1", "a/2"].map((name) => ({ id: `${accountId}/${namespaceId}/${name}`, name })),
    token: "",
  });
  expect((await all("KeyValue", { namespaceId: `${accountId}/${namespaceId}` }))[0]).toEqual(["a/1", "a/2", "b"]);
});

test("every listed id is read", async () => {
  await put("a/ %2F", "ü");
  for (const [of, query] of [
    ["Namespace", {}],
    ["KeyValue", { namespaceId }],
  ] as const) {
    for (const { id } of (await page(of, query))?.items ?? []) {
      expect((await world.provider(of).read(id, {}, quietCall)).id).toBe(id);
    }
  }
});

test("goes on where a page ended, a thousand keys a request", async () => {
  const keys = numbered(2500);
  await put(...keys);
  expect(await all("KeyValue", { namespaceId })).toEqual([keys, 3]);
  expect(world.requests()).toHaveLength(3);
});

test.each([1, 3, 10, 11, 25, 26, 1001])("has no more than the page size of %i in a page", async (pageSize) => {
  const keys = numbered(25);
  await put(...keys);
  for (const title of ["b", "c"]) await api("POST", "", JSON.stringify({ title }));
  expect(await all("KeyValue", { namespaceId }, { pageSize })).toEqual([keys, Math.ceil(25 / pageSize)]);
  expect(await all("Namespace", {}, { pageSize })).toEqual([["b", "c", "data"], Math.ceil(3 / pageSize)]);
});

test("answers no more than the limit, and asks for no more than it must", async () => {
  await put(...numbered(1500));
  expect((await page("KeyValue", { namespaceId }, { limit: 12 }))?.items).toHaveLength(12);
  expect(world.emulator.log.at(-1)?.path).toMatch(/[?&]limit=12$/);
  expect((await page("Namespace", {}, { limit: 1, pageSize: 5 }))?.items).toHaveLength(1);
});

test("knows nothing yet of what is not known yet", async () => {
  expect(await page("KeyValue", { namespaceId: unknown })).toBeUndefined();
  expect(world.requests()).toEqual([]);
});

test.each<[string, Properties, string]>([
  ["KeyValue", {}, "namespaceId is required"],
  ["KeyValue", { namespaceId: "x" }, "namespaceId must be 32 lowercase hexadecimal digits"],
  ["KeyValue", { namespaceId: otherId, prefix: 1 }, "prefix must be a string, not a number; quote it"],
  ["Namespace", { title: "x" }, "title is an unknown property; expected one of accountId"],
  ["KeyValue", { namespaceId: otherId }, `There is no namespace ${otherId} in the account ${accountId}`],
])("says what is wrong with a query: %s %j", async (of, query, sentence) => {
  expect((await failureOf(page(of, query))).message).toContain(sentence);
});

test.each(["x", "1", ":", "-1:", "1e9:x", "9999999999:"])(
  "refuses the token %j, which it never gave",
  async (token) => {
    expect((await failureOf(page("KeyValue", { namespaceId }, { token }))).message).toBe(
      "Malformed List request: its continuation token is not from this provider",
    );
  },
);
