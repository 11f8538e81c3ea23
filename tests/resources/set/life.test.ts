import type { Properties } from "../../../provider/resources/resource";
import { accountId, type Resource, World } from "../world";

let world: World;
let namespaceId: string;
beforeAll(async () => {
  world = await World.start();
});
beforeEach(async () => {
  world.endRun();
  world.heal();
  const namespace = await world.create("Namespace", "ns", { title: `data ${Math.random()}` });
  namespaceId = String(namespace.outs.namespaceId);
  nextRun();
});
afterAll(() => world.close());

const create = (args: Properties, name = "set") => world.create("KeyValueSet", name, { namespaceId, ...args });
const change = (set: Resource, args: Properties) => world.change(set, { namespaceId, ...args });
const plan = (set: Resource, args: Properties) => world.plan(set, { namespaceId, ...args });
const keys = () => world.emulator.keys(namespaceId);
const text = (key: string) => world.text(namespaceId, key);

/** The former run is over; what it said is forgotten. */
function nextRun(): void {
  world.endRun();
  world.requests();
  for (const list of [world.infos, world.warnings, world.statuses]) list.length = 0;
}

async function existing(args: Properties, name = "set"): Promise<Resource> {
  const set = await create(args, name);
  nextRun();
  return set;
}

describe("a new set", () => {
  test("is written in one request", async () => {
    const set = await create({ values: { a: "1", b: "2" } });
    expect([set.id, world.requests(), text("a"), text("b")]).toEqual([
      `${accountId}/${namespaceId}/*`,
      ["bulk.put"],
      "1",
      "2",
    ]);
    expect(set.outs).toMatchObject({ values: { a: "1", b: "2" }, count: 2, bytes: 2, writtenAt: expect.any(Number) });
    expect(world.infos).toEqual(['+2 ~0 -0 of 2 entries (1 request)\n  + "a"\n  + "b"']);
  });
});

describe("a change", () => {
  test("sends only what changed, and deletes what was removed", async () => {
    const set = await existing({ values: { a: "1", b: "2", c: "3" } });
    const args = { values: { a: "1", b: "two", d: "4" } };
    expect(await plan(set, args)).toEqual({ "values.b": "update", "values.c": "delete", "values.d": "add" });
    const changed = await change(set, args);
    expect([world.requests(), keys()]).toEqual([
      ["bulk.put", "bulk.delete"],
      ["a", "b", "d"],
    ]);
    nextRun();
    expect([await plan(changed, args), world.requests()]).toEqual([{}, []]);
  });
});
