import type { Properties } from "../../provider/pulumi/resource-provider";
import { accountId, failureOf, otherId, type TypeName, World } from "./world";

let world: World;
let namespaceId: string;
beforeEach(async () => {
  world = await World.start();
  namespaceId = String((await world.create("Namespace", "mine", { title: "mine" })).outs.namespaceId);
  await send("POST", "", '{"title":"theirs"}');
  nextRun();
});
afterEach(() => world.close());

function nextRun(): void {
  world.endRun();
  world.requests();
  for (const list of [world.infos, world.warnings]) list.length = 0;
}

async function send(method: string, path: string, body: string): Promise<void> {
  const url = `${world.emulator.url}/accounts/${accountId}/storage/kv/namespaces${path}`;
  expect((await fetch(url, { method, body, headers: { authorization: "Bearer x" } })).status).toBe(200);
}

/** As the engine asks for a preview of a create. */
async function foresee(type: TypeName, args: Properties, name = "a"): Promise<void> {
  const inputs = await world.checked(type, name, args);
  await world.provider(type).create(inputs, world.call(name, { preview: true }, type));
}

const key = (more: Properties = {}): Properties => ({ namespaceId, key: "a", value: "v", ...more });
const theirs = () => world.emulator.namespaces().find(({ title }) => title === "theirs")?.id ?? "";

test("a title that is taken fails as the update would", async () => {
  const { message } = await failureOf(foresee("Namespace", { title: "theirs" }));
  nextRun();
  expect((await failureOf(world.create("Namespace", "a", { title: "theirs" }))).message).toBe(message);
  expect(message).toContain('A namespace with the title "theirs" exists already');
});

test("a title that is to be adopted is told, with whether it holds keys", async () => {
  await foresee("Namespace", { title: "theirs", adopt: true });
  expect(world.infos).toEqual([`takes over ${accountId}/${theirs()}`]);
  await send("PUT", `/${theirs()}/values/a`, "v");
  nextRun();
  await foresee("Namespace", { title: "theirs", adopt: true });
  expect([world.infos, world.requests()]).toEqual([
    [`takes over ${accountId}/${theirs()}, which holds keys`],
    ["namespaces.list", "keys.list"],
  ]);
});

test("the keys of a title that is to be adopted are looked at in the same preview", async () => {
  await send("PUT", `/${theirs()}/values/a`, "old");
  await send("PUT", `/${theirs()}/values/b`, "as declared");
  nextRun();
  const inputs = await world.checked("Namespace", "ns", { title: "theirs", adopt: true });
  const call = world.call("ns", { preview: true }, "Namespace");
  const { outs } = await world.provider("Namespace").create(inputs, call);
  const { namespaceId: found } = outs;
  await foresee("KeyValueSet", { namespaceId: found, adopt: true, values: { a: "new", b: "as declared" } });
  await foresee("KeyValue", { namespaceId: found, key: "a", value: "x", adopt: true }, "k");
  expect(world.infos.slice(1)).toEqual([
    'a: +0 ~1 -0 =1 as declared, of 2 entries (1 write, 1 read)\n  ~ "a" (replaces what is there)',
    "the key is there, and not as declared: it is replaced",
  ]);
});

test("a set that is to look says so while its namespace is not known", async () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  await foresee("KeyValueSet", { namespaceId: unknown, adopt: true, values: { a: "v" } });
  expect(world.infos).toContain("the namespace is not known yet: what is in it already is looked for in the update");
});

test("a credential that is refused fails the first that will write, and nothing is asked again", async () => {
  world.fail({ status: 403, code: 10000 });
  expect((await failureOf(foresee("KeyValue", key()))).message).toContain("10000");
  await foresee("KeyValueSet", { namespaceId, values: { b: "v" } });
  // The transport repeats a 403 once.
  expect(world.requests()).toEqual(["namespaces.get 403", "namespaces.get 403"]);
});

test("a namespace that is not there fails as the update would", async () => {
  const { message } = await failureOf(foresee("KeyValue", key({ namespaceId: otherId })));
  expect(message).toContain(`Check namespaceId, and that its account is ${accountId}`);
});

test("where nobody answers, it is a warning", async () => {
  world.fail({ type: "drop", when: "before" });
  await foresee("Namespace", { title: "new" });
  await foresee("KeyValue", key());
  expect(world.warnings).toEqual([
    expect.stringMatching(/^the preview could not ask whether the update would be accepted: GET /),
  ]);
});

test("of many resources two requests are sent", async () => {
  await foresee("Namespace", { title: "new" }, "new");
  await foresee("Namespace", { title: "newer" }, "newer");
  for (const name of ["a", "b", "c"]) await foresee("KeyValue", key({ key: name }), name);
  await foresee("KeyValueSet", { namespaceId, values: { d: "v" } });
  expect(world.requests()).toEqual(["namespaces.list"]);
});

test("nothing is asked where nothing is written, or the namespace is not known yet", async () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  await foresee("KeyValue", key({ namespaceId: unknown }));
  await foresee("KeyValueSet", { namespaceId: unknown, values: { a: "v" } });
  await foresee("KeyValueSet", { namespaceId, values: {} }, "empty");
  await foresee("KeyValue", key({ expiration: 1_500_000_000 }), "gone");
  expect(world.requests()).toEqual([]);
});
