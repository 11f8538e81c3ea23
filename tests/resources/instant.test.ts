import type { Properties } from "../../provider/pulumi/resource-provider";
import { failureOf, type Resource, World } from "./world";

let world: World;
let namespace: Resource;
beforeEach(async () => {
  world = await World.start();
  namespace = await world.create("Namespace", "ns", { title: "fast", mode: "instant" });
});
afterEach(() => world.close());

async function failures(type: "KeyValue" | "KeyValueSet", args: Properties): Promise<string[]> {
  const inputs = { namespaceId: namespace.outs.namespaceId, ...args };
  const { failures: all } = await world.provider(type).check({}, inputs, world.call("a", {}, type));
  return all.map(({ property, reason }) => (property ? `${property} ${reason}` : reason));
}

test("the mode is passed on, stays through a refresh, and cannot change in place", async () => {
  const find = world.core.functions.get("cloudflare-kv:index:getNamespace");
  expect((await find?.invoke({ title: "fast" }, world.call("f")))?.result).toMatchObject({ mode: "instant" });
  expect(await world.refresh(namespace)).toEqual(namespace);
  expect(await world.plan(namespace, { title: "fast" })).toEqual({ mode: "delete replaces" });
});

test("it is not taken beside a jurisdiction, and not another one", async () => {
  const { provider } = { provider: world.provider("Namespace") };
  const check = async (inputs: Properties) =>
    (await provider.check({}, inputs, world.call("n", {}, "Namespace"))).failures;
  expect(await check({ title: "t", mode: "instant", jurisdiction: "eu" })).toEqual([
    { property: "mode", reason: "must not be given beside jurisdiction; give one of them" },
  ]);
  expect(await check({ title: "t", mode: "slow" })).toEqual([{ property: "mode", reason: "must be one of instant" }]);
});

test("a namespace of another mode is not adopted", async () => {
  await world.create("Namespace", "plain", { title: "plain" });
  world.endRun();
  const { message } = await failureOf(world.create("Namespace", "b", { title: "plain", adopt: true, mode: "instant" }));
  expect(message).toContain("cannot be adopted: its mode is absent, not instant, and it can never change");
});

test("what it does not take is refused before anything is sent", async () => {
  const long = "k".repeat(301);
  const tooLong = "is 301 bytes long, and in a namespace of the mode instant at most 300 are allowed";
  expect(await failures("KeyValue", { key: long, value: "v", metadata: {} })).toEqual([
    `key ${tooLong}`,
    "metadata cannot be in a namespace of the mode instant; leave it out",
  ]);
  expect(
    await failures("KeyValueSet", { values: { [long]: "v" }, entries: [{ key: "m", value: "v", metadata: 1 }] }),
  ).toEqual([
    `the key "${long}" ${tooLong}`,
    'the key "m" has metadata, which a namespace of the mode instant does not take; leave them out',
  ]);
  expect(await failures("KeyValueSet", { values: { a: "v".repeat(1_000_000) } })).toEqual([
    "the set has 1 entry and 1,000,001 bytes, and a namespace of the mode instant holds 10,000 and 1,000,000",
  ]);
  expect(await failures("KeyValueSet", { values: { a: "v" } })).toEqual([]);
});

test("in a later run the mode is known from its resource", async () => {
  world.endRun();
  expect(await failures("KeyValue", { key: "a", value: "v", metadata: 1 })).toEqual([]);
  await world.plan(namespace, { title: "fast", mode: "instant" });
  expect(await failures("KeyValue", { key: "a", value: "v", metadata: 1 })).toHaveLength(1);
});
