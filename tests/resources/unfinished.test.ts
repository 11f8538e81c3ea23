import type { Properties } from "../../provider/pulumi/resource-provider";
import { numbered, Sets, valuesOf } from "./key-value-set/sets";
import { failureOf, type Resource } from "./world";

/* What Pulumi reads before the next plan, because its last step has failed half-way. */

const sets = new Sets();
const put = { operation: "bulk.put" };
const settledSeconds = 90;

/** A set whose write was carried out, or was not, and not answered. */
async function unanswered(args: Properties, when: "before" | "after" = "after"): Promise<Resource> {
  sets.world.fail({ type: "drop", when }, { match: put });
  const { set } = await sets.failedCreate(args);
  sets.world.heal();
  sets.nextRun();
  return set;
}

async function read({ type, name, id, outs }: Resource) {
  const found = await sets.world.provider(type).read(id, outs, sets.world.call(name, {}, type));
  return { ...found, requests: sets.world.requests() };
}

const later = () => sets.world.clock.advance(settledSeconds);

describe("a read of what has failed half-way", () => {
  test("is not made while it may show what was there before", async () => {
    const set = await unanswered({ values: { a: "1" } });
    expect(await read(set)).toEqual({ id: set.id, props: set.outs, isUncertain: true, requests: [] });
    expect(sets.world.warnings).toEqual([]);
  });

  test("that fails keeps the state, and is made again before the next plan", async () => {
    const set = await unanswered({ values: { a: "1" } });
    later();
    sets.world.fail({ status: 401 });
    expect(await read(set)).toMatchObject({ id: set.id, props: set.outs, isUncertain: true });
    expect(sets.world.warnings).toEqual([expect.stringMatching(/^what became of its last step.*status 401/s)]);
  });

  test.each(["keys", "values", "none"])("with driftDetection %p finds what is written", async (driftDetection) => {
    const args = { values: valuesOf(numbered(150)), driftDetection };
    const set = await unanswered(args);
    later();
    const found = (await sets.world.refresh(set)) as Resource;
    expect(sets.world.requests()).toEqual(["bulk.get", "bulk.get"]);
    sets.nextRun();
    const whole = await sets.change(found, args);
    expect([sets.world.requests(), sets.world.infos]).toEqual([[], ["set: nothing is sent, of 150 entries"]]);
    sets.nextRun();
    expect(await sets.plan(whole, args)).toEqual({});
  });

  test("finds that nothing is written, and forgets nothing: a read may be late", async () => {
    const args = { values: { a: "1", b: "2" } };
    const set = await unanswered(args, "before");
    later();
    const found = (await sets.world.refresh(set)) as Resource;
    await sets.change(found, args);
    expect(sets.world.infos.at(-1)).toMatch(/^set: \+0 ~2 -0 of 2 entries/);
    expect(sets.keys()).toEqual(["a", "b"]);
  });

  test("finds whose value is another's by now", async () => {
    const args = { values: { a: "1", b: "2" }, driftDetection: "keys" };
    const set = await unanswered(args);
    await sets.foreign("b");
    later();
    const found = (await sets.world.refresh(set)) as Resource;
    await sets.change(found, args);
    expect(sets.world.infos.at(-1)).toMatch(/^set: \+0 ~1 -0 of 2 entries.*\n {2}~ "b"$/);
  });

  test("asks nothing where nothing is uncertain", async () => {
    sets.world.fail({ status: 403 }, { match: put, skip: 1 });
    const args = { values: valuesOf(numbered(1500)) };
    const { set } = await sets.failedCreate(args);
    sets.world.heal();
    sets.nextRun();
    later();
    const found = (await sets.world.refresh(set)) as Resource;
    expect(sets.world.requests()).toEqual([]);
    await sets.change(found, args);
    expect(sets.world.infos.at(-1)).toMatch(/^set: \+500 ~0 -0 of 1,500 entries/);
  });

  test("of a key knows it once it is found, and keeps it where it is not", async () => {
    const fail = async (name: string, when: "before" | "after") => {
      const world = sets.world;
      world.fail({ type: "drop", when });
      const args = { namespaceId: sets.namespaceId, key: name, value: "1" };
      const inputs = await world.checked("KeyValue", name, args);
      const { id = "", properties: outs = {} } = await failureOf(
        world.provider("KeyValue").create(inputs, world.call(name)),
      );
      world.heal();
      return { type: "KeyValue", name, id, inputs, outs } as const;
    };
    const [written, unwritten] = [await fail("a", "after"), await fail("b", "before")];
    sets.nextRun();
    later();
    const found = await read(written);
    expect(found).toMatchObject({ id: written.id, props: { value: "1", valueSha256: expect.any(String) } });
    expect(found.props).not.toHaveProperty("__unfinished");
    const { __unfinished: _, ...outs } = unwritten.outs;
    expect(await read(unwritten)).toMatchObject({ id: unwritten.id, props: outs });
  });
});

test("a whole step ends it", async () => {
  const args = { values: { a: "1" } };
  const set = await unanswered(args);
  expect(set.outs).toMatchObject({ __unfinished: true });
  expect((await sets.change(set, args)).outs).not.toHaveProperty("__unfinished");
});

test("a read of what is whole fails as before", async () => {
  const set = await sets.existing({ values: { a: "1" } });
  sets.world.fail({ status: 401 });
  await expect(read(set)).rejects.toThrow("The state is as it was: refresh again");
});
