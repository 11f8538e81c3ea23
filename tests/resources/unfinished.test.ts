import type { Properties } from "../../provider/pulumi/resource-provider";
import { numbered, Sets, valuesOf } from "./key-value-set/sets";
import type { Resource } from "./world";

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

  test.each(["keys", "values"])("with driftDetection %p finds that all is written", async (driftDetection) => {
    const args = { values: valuesOf(numbered(100)), driftDetection };
    const set = await unanswered(args);
    later();
    const found = (await sets.world.refresh(set)) as Resource;
    sets.nextRun();
    const whole = await sets.change(found, args);
    expect([sets.world.requests(), sets.world.infos]).toEqual([[], ["set: nothing is sent, of 100 entries"]]);
    sets.nextRun();
    expect(await sets.plan(whole, args)).toEqual({});
  });

  test("finds which of very many are written", async () => {
    const args = { values: valuesOf(numbered(1200)) };
    const set = await unanswered(args);
    later();
    const found = (await sets.world.refresh(set)) as Resource;
    expect(sets.world.requests().filter((name) => name !== "keys.list")).toEqual(Array(10).fill("bulk.get"));
    await sets.change(found, args);
    expect(sets.world.infos.at(-1)).toMatch(/^set: \+200 ~0 -0 of 1,200 entries \(1 request\)/);
  });

  test("finds that nothing is written", async () => {
    const args = { values: { a: "1", b: "2" } };
    const set = await unanswered(args, "before");
    later();
    const found = (await sets.world.refresh(set)) as Resource;
    await sets.change(found, args);
    expect(sets.world.infos.at(-1)).toMatch(/^set: \+2 ~0 -0 of 2 entries/);
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
