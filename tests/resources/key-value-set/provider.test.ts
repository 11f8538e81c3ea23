import { accountId, failureOf } from "../world";
import { numbered, Sets, valuesOf } from "./sets";

const sets = new Sets();
const requests = () => sets.world.requests();
const infos = () => sets.world.infos;

describe("a new set", () => {
  test("is written in one request", async () => {
    const set = await sets.create({ values: { a: "1", b: "2" } });
    expect([set.id, requests(), sets.text("a"), sets.text("b")]).toEqual([
      `${accountId}/${sets.namespaceId}/*`,
      ["bulk.put"],
      "1",
      "2",
    ]);
    expect(set.outs).toMatchObject({ values: { a: "1", b: "2" }, count: 2, bytes: 2, writtenAt: expect.any(Number) });
    expect(infos()).toEqual(['set: +2 ~0 -0 of 2 entries (1 request)\n  + "a"\n  + "b"']);
  });

  test("stores text, bytes, metadata and expirations", async () => {
    const { seconds } = sets.world.clock;
    await sets.create({
      keyPrefix: "p/",
      metadata: { of: "set" },
      expirationTtl: 600,
      values: { a: "ä" },
      entries: [
        { key: "b", valueBase64: "/w==", metadata: { of: "entry" }, expiration: seconds + 1000 },
        { key: "c", value: "", metadata: 0, expirationTtl: 60 },
      ],
    });
    expect(["p/a", "p/b", "p/c"].map((key) => sets.entry(key))).toEqual([
      { value: Buffer.from("ä"), metadata: { of: "set" }, expiration: seconds + 600 },
      { value: Buffer.from([0xff]), metadata: { of: "entry" }, expiration: seconds + 1000 },
      { value: Buffer.from(""), metadata: 0, expiration: seconds + 60 },
    ]);
  });

  test("of no entries sends nothing, and is there", async () => {
    const set = await sets.create({ values: {} });
    expect([set.outs.count, requests(), await sets.plan(set, { values: {} })]).toEqual([0, [], {}]);
  });

  test("that is refused leaves nothing in the state", async () => {
    sets.world.fail({ status: 403 });
    const { error } = await sets.failedCreate({ values: { a: "1" } });
    expect([error.name, error.properties]).toEqual(["CloudflareError", undefined]);
  });

  test("shows its progress, and in the end what was done", async () => {
    const set = await sets.create({ values: valuesOf(numbered(2000)) });
    expect(sets.world.statuses).toEqual(["writing: 50 % of 2,000", "writing: 100 % of 2,000", "+2,000 ~0 -0"]);
    const rest = { ...valuesOf(numbered(1999)), "new": "n" };
    const changed = await sets.change(set, { values: { ...rest, [Object.keys(rest)[0] as string]: "other" } });
    expect(sets.world.statuses.at(-1)).toBe("+1 ~1 -1");
    await sets.world.destroy(changed);
    expect(sets.world.statuses.at(-1)).toBe("-2,000");
  });
});

describe("a change", () => {
  test("sends only what changed, and deletes what was removed", async () => {
    const set = await sets.existing({ values: { a: "1", b: "2", c: "3" } });
    const args = { values: { a: "1", b: "two", d: "4" } };
    expect(await sets.plan(set, args)).toEqual({ "values.b": "update", "values.c": "delete", "values.d": "add" });
    const changed = await sets.change(set, args);
    expect([requests(), sets.keys()]).toEqual([
      ["bulk.put", "bulk.delete"],
      ["a", "b", "d"],
    ]);
    sets.nextRun();
    expect([await sets.plan(changed, args), requests()]).toEqual([{}, []]);
  });

  test.each([
    ["metadata", { metadata: { v: 2 } }],
    ["the time to live", { expirationTtl: 7200 }],
    ["the form of the value", { valueBase64: "AA==", value: undefined }],
  ])("of %s rewrites the one entry", async (_, more) => {
    const kept = { key: "a", value: "1" };
    const set = await sets.existing({ entries: [kept, { key: "b", value: "2", expirationTtl: 3600 }] });
    const args = { entries: [kept, { key: "b", value: "2", expirationTtl: 3600, ...more }] };
    const changed = await sets.change(set, args);
    expect([requests(), infos()[0]]).toEqual([["bulk.put"], 'set: +0 ~1 -0 of 2 entries (1 request)\n  ~ "b"']);
    sets.nextRun();
    expect(await sets.plan(changed, args)).toEqual({});
  });

  test("between the forms of an entry that says the same sends nothing", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    await sets.change(set, { entries: [{ key: "a", valueBase64: "MQ==", metadata: null }] });
    expect(requests()).toEqual([]);
  });

  test("of a default of the set rewrites the entries that have none of their own", async () => {
    const inputs = { values: { a: "1" }, entries: [{ key: "b", value: "2", metadata: "own", expirationTtl: 60 }] };
    const set = await sets.existing({ ...inputs, metadata: 1, expirationTtl: 600 });
    await sets.change(set, { ...inputs, metadata: 2, expirationTtl: 6000 });
    expect(infos()).toEqual([
      'set: +0 ~1 -0 of 2 entries (1 request)\n  ~ "a"',
      "the write starts the time to live of 1 changed key anew",
    ]);
    expect(sets.entry("a")).toMatchObject({ metadata: 2, expiration: sets.world.clock.seconds + 6000 });
  });

  test.each([
    ["maxDeletes", { maxDeletes: 1 }],
    ["driftDetection", { driftDetection: "keys" }],
  ])("of %s is an update without a request", async (name, option) => {
    const set = await sets.existing({ values: { a: "1" } });
    expect(await sets.plan(set, { values: { a: "1" }, ...option })).toEqual({ [name]: "add" });
    const changed = await sets.change(set, { values: { a: "1" }, ...option });
    expect([requests(), changed.outs]).toEqual([[], { ...set.outs, ...option }]);
  });

  test("writes first, then deletes", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    sets.world.fail({ status: 403 }, { match: { operation: "bulk.put" } });
    await sets.failedChange(set, { values: { b: "1" } });
    expect([requests(), sets.keys()]).toEqual([["bulk.put 403", "bulk.put 403"], ["a"]]);
  });
});

describe("a set that goes", () => {
  test("takes its keys with it and no other", async () => {
    const set = await sets.existing({ values: { a: "1", b: "2" } });
    await sets.foreign("c");
    await sets.world.destroy(set);
    expect([requests(), sets.keys()]).toEqual([["bulk.delete"], ["c"]]);
  });

  test("is done where its namespace is gone", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    await sets.removeNamespace();
    await sets.world.destroy(set);
    expect(requests()).toEqual(["bulk.delete 404"]);
  });

  test("is not limited by maxDeletes", async () => {
    const set = await sets.existing({ values: valuesOf(numbered(200)), maxDeletes: 0 });
    await sets.world.destroy(set);
    expect(sets.keys()).toEqual([]);
  });

  test("says with which credential it was tried", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    sets.world.fail({ status: 403 });
    const error = await failureOf(sets.world.destroy(set));
    expect(error.message).toMatch(/the credential of the configuration that the last `pulumi up` saved in the state/);
  });

  test("that could not be deleted is deleted by the next run", async () => {
    const set = await sets.existing({ values: valuesOf(numbered(1500)) });
    sets.world.fail({ status: 403 }, { match: { operation: "bulk.delete" }, skip: 1 });
    await failureOf(sets.world.destroy(set));
    sets.world.heal();
    await sets.world.destroy(set);
    expect(sets.keys()).toEqual([]);
  });
});

describe("a time to live", () => {
  const args = { values: { a: "1", b: "2" }, expirationTtl: 3600 };

  test("that has run out is no reason to write, before a refresh", async () => {
    const set = await sets.existing(args);
    sets.world.clock.advance(4000);
    expect([await sets.plan(set, args), sets.keys(), requests()]).toEqual([{}, [], []]);
  });

  test("that has run out is written anew after a refresh", async () => {
    const set = await sets.existing(args);
    sets.world.clock.advance(4000);
    const refreshed = await sets.world.refresh(set);
    sets.nextRun();
    await sets.change(refreshed ?? set, args);
    expect([sets.keys(), infos()[0]]).toEqual([["a", "b"], 'set: +2 ~0 -0 of 2 entries (1 request)\n  + "a"\n  + "b"']);
  });

  test("is started anew by a change of the value, of that entry only", async () => {
    const set = await sets.existing(args);
    const before = sets.entry("b")?.expiration;
    sets.world.clock.advance(100);
    await sets.change(set, { ...args, values: { a: "new", b: "2" } });
    expect([sets.entry("a")?.expiration, sets.entry("b")?.expiration]).toEqual([Number(before) + 100, before]);
  });
});

describe("an entry that has expired as declared", () => {
  const at = (offset: number) => sets.world.clock.seconds + offset;
  const entries = (expiration: number, more = {}) => ({
    entries: [
      { key: "a", value: "1" },
      { key: "b", value: "2", expiration, ...more },
    ],
  });

  test.each([-1000, 0, 59])("is not sent, and is no failure, %d s from now", async (offset) => {
    const set = await sets.create(entries(at(offset)));
    expect([sets.keys(), set.outs.count, infos()]).toEqual([
      ["a"],
      2,
      ['set: +1 ~0 -0, 1 expired, of 2 entries (1 request)\n  + "a"'],
    ]);
    sets.nextRun();
    expect([await sets.plan(set, set.inputs), infos(), requests()]).toEqual([{}, [], []]);
  });

  test("is sent when it is a minute ahead", async () => {
    await sets.create(entries(at(60)));
    expect(sets.keys()).toEqual(["a", "b"]);
  });

  test("is no drift, and costs no further request", async () => {
    const set = await sets.existing(entries(at(100)));
    sets.world.clock.advance(5000);
    expect(sets.keys()).toEqual(["a"]);
    const refreshed = await sets.world.refresh(set);
    expect([refreshed?.outs, infos()]).toEqual([set.outs, []]);
    sets.nextRun();
    expect([await sets.plan(refreshed ?? set, set.inputs), requests()]).toEqual([{}, []]);
  });

  test("leaves to others what they write under its key", async () => {
    const set = await sets.existing(entries(at(100)));
    sets.world.clock.advance(5000);
    await sets.foreign("b");
    const refreshed = (await sets.world.refresh(set)) ?? set;
    sets.nextRun();
    expect([await sets.plan(refreshed, set.inputs), refreshed.outs]).toEqual([{}, set.outs]);
    await sets.change(refreshed, { entries: [{ key: "a", value: "1" }] });
    await sets.world.destroy(refreshed);
    expect(sets.keys()).toEqual(["b"]);
  });

  test("and is removed later has nothing to delete", async () => {
    const set = await sets.existing(entries(at(100)));
    sets.world.clock.advance(5000);
    const args = { entries: [{ key: "a", value: "1" }] };
    const changed = await sets.changed(set, args);
    expect([requests(), await sets.plan(changed, args)]).toEqual([[], {}]);
  });

  test("is deleted when it is removed before its time", async () => {
    const set = await sets.existing(entries(at(100)));
    sets.world.clock.advance(90);
    await sets.change(set, { entries: [{ key: "a", value: "1" }] });
    expect([sets.keys(), requests()]).toEqual([["a"], ["bulk.delete"]]);
  });

  test("is written when its time is moved ahead", async () => {
    const set = await sets.existing(entries(at(-5)));
    await sets.change(set, entries(at(1000)));
    expect(sets.keys()).toEqual(["a", "b"]);
  });

  test.each([undefined, 7000])("goes when it was stored with another time: %s", async (offset) => {
    const set = await sets.existing({
      entries: [
        { key: "a", value: "1" },
        { key: "b", value: "2", ...(offset ? { expiration: at(offset) } : {}) },
      ],
    });
    const args = entries(at(-10));
    const changed = await sets.change(set, args);
    expect([sets.keys(), infos()[0]]).toEqual([["a"], 'set: +0 ~0 -1, 1 expired, of 2 entries (1 request)\n  - "b"']);
    sets.nextRun();
    expect(await sets.plan(changed, args)).toEqual({});
  });

  test("on its way is neither a failure nor left behind", async () => {
    const values = { a: "x".repeat(9 * 1024 * 1024) };
    const b = { key: "b", value: "2" };
    const set = await sets.existing({ values: { a: "" }, entries: [b] });
    sets.world.fail({ status: 429, retryAfter: 200 }, { times: 1 });
    const args = {
      values,
      entries: [
        { ...b, expiration: at(90) },
        { key: "c", value: "3", expiration: at(90) },
      ],
    };
    const changed = await sets.change(set, args);
    expect(sets.keys()).toEqual(["a"]);
    sets.nextRun();
    expect([await sets.plan(changed, args), requests()]).toEqual([{}, []]);
  });
});
