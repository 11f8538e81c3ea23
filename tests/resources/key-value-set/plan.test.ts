import { rmSync } from "node:fs";
import { sha256 } from "../../../provider/pulumi/asset";
import type { Properties } from "../../../provider/pulumi/resource-provider";
import { archive, asset } from "../../../tools/wire";
import { failureOf } from "../world";
import { numbered, Sets, valuesOf } from "./sets";
import { Folder } from "./source/reading";

const sets = new Sets();
const folder = new Folder();
const infos = () => sets.world.infos;
const requests = () => sets.world.requests();

/** A file as the engine hands it in: with its hash. */
function file(entries: Record<string, string>, name = "seed.ndjson"): Properties {
  const text = Object.entries(entries)
    .map(([key, value]) => `${JSON.stringify({ key, value })}\n`)
    .join("");
  return { source: asset({ path: folder.write(name, text), hash: sha256(text) }) };
}

/** What Diff, Read and Delete see of it. */
const elided = ({ source }: Properties) => ({ source: asset({ hash: (source as { hash: string }).hash }) });

describe("the text of a plan", () => {
  test("has deletions first, then changes, then what is new", async () => {
    const set = await sets.existing({ values: { a: "1", b: "2", c: "3" } });
    await sets.plan(set, { values: { b: "2", c: "three", d: "4" } });
    expect(infos()).toEqual(['set: +1 ~1 -1 of 3 entries (2 requests)\n  - "a"\n  ~ "c"\n  + "d"']);
  });

  test("names twenty of each kind, and counts the others", async () => {
    const set = await sets.existing({ values: valuesOf([...numbered(100, "c"), ...numbered(50, "d")]) });
    await sets.plan(set, { values: valuesOf([...numbered(100, "c"), ...numbered(1500, "a")], "new") });
    const lines = infos()[0]?.split("\n") ?? [];
    expect([lines[0], lines[1], lines[21], lines[22], lines[42], lines[43], lines[63], lines.length]).toEqual([
      "set: +1,500 ~100 -50 of 1,600 entries (3 requests)",
      '  - "d00000"',
      "  - … and 30 more",
      '  ~ "c00000"',
      "  ~ … and 80 more",
      '  + "a00000"',
      "  + … and 1,480 more",
      64,
    ]);
  });

  test("shows a key on one line", async () => {
    await sets.checked({ values: { 'a\n"\u001b[31m': "1" } });
    expect(infos()[0]).toContain('\n  + "a\\n\\"\\u001b[31m"');
  });
});

describe("the detailed diff", () => {
  test("has a path for each inline entry that differs", async () => {
    const set = await sets.existing({
      values: { plain: "1", "a.b": "1", 'quo"te': "1", gone: "1" },
      entries: [
        { key: "x", value: "1" },
        { key: "y", value: "1" },
      ],
    });
    const args = {
      values: { plain: "2", "a.b": "2", 'quo"te': "2", "new key": "1" },
      entries: [
        { key: "x", value: "1" },
        { key: "y", value: "2" },
        { key: "z", value: "1" },
      ],
    };
    expect(await sets.plan(set, args)).toEqual({
      "values.plain": "update",
      'values["a.b"]': "update",
      'values["quo\\"te"]': "update",
      "values.gone": "delete",
      'values["new key"]': "add",
      "entries[1].value": "update",
      "entries[2]": "add",
    });
  });

  test.each([
    [100, 100],
    [101, 1],
  ])("of %d changed entries has %d paths", async (changed, paths) => {
    const set = await sets.existing({ values: valuesOf(numbered(200)) });
    const plan = await sets.plan(set, {
      values: { ...valuesOf(numbered(200)), ...valuesOf(numbered(changed), "new") },
    });
    expect(Object.keys(plan)).toHaveLength(paths);
  });

  test("has at most a hundred paths together", async () => {
    const set = await sets.existing({
      values: valuesOf(numbered(60)),
      entries: numbered(60, "e").map((key) => ({ key, value: "" })),
    });
    const plan = await sets.plan(set, {
      values: valuesOf(numbered(60), "new"),
      entries: numbered(60, "e").map((key) => ({ key, value: "new" })),
    });
    expect([Object.keys(plan).length, plan.entries]).toEqual([61, "update"]);
  });

  test("has one path for a source", async () => {
    const before = file({ a: "1", b: "2" });
    const set = await sets.existing(before);
    expect(await sets.plan(set, file({ a: "1", c: "2" }))).toEqual({ source: "update" });
    expect(infos()).toEqual(['set: +1 ~0 -1 of 2 entries (2 requests)\n  - "b"\n  + "c"']);
  });

  test("shows a source that replaces inline entries of the same content without any request", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    const args = file({ a: "1" });
    expect(await sets.plan(set, args)).toEqual({ values: "delete", source: "add" });
    await sets.change(set, args);
    const said = "set: nothing is sent, of 1 entry";
    expect([infos(), requests()]).toEqual([[said, said], []]);
  });
});

describe("an unchanged source", () => {
  test("is not opened", async () => {
    const args = file({ a: "1" });
    const set = await sets.existing(args);
    rmSync(folder.at("seed.ndjson"));
    const olds = { ...set, outs: { ...set.outs, ...elided(args) } };
    expect([await sets.plan(olds, args), infos(), requests()]).toEqual([{}, [], []]);
  });

  test("is not opened where only an option changes", async () => {
    const args = file({ a: "1" });
    const set = await sets.existing(args);
    rmSync(folder.at("seed.ndjson"));
    const changed = await sets.change(set, { ...args, maxDeletes: 5 });
    expect([requests(), changed.outs]).toEqual([[], { ...set.outs, maxDeletes: 5 }]);
  });

  test("that is gone is no error where an inline entry changes", async () => {
    const args = file({ a: "1", b: "2" });
    const set = await sets.existing({ ...args, values: { x: "1", y: "2" } });
    rmSync(folder.at("seed.ndjson"));
    const news = { ...args, values: { x: "new", z: "3" } };
    const changed = await sets.change(set, news);
    expect([sets.keys(), sets.text("x"), changed.outs]).toEqual([
      ["a", "b", "x", "z"],
      "new",
      expect.objectContaining({ count: 4, bytes: 6 }),
    ]);
    sets.nextRun();
    expect(await sets.plan(changed, news)).toEqual({});
  });

  test("that is gone is one where its entries would have to be written", async () => {
    const args = file({ a: "1" });
    const set = await sets.existing(args);
    rmSync(folder.at("seed.ndjson"));
    expect(await sets.failures({ ...args, metadata: 1 }, set.inputs)).toEqual([
      expect.stringMatching(/seed\.ndjson: cannot be read: ENOENT$/),
    ]);
  });

  test("that is gone is one where the set is replaced", async () => {
    const args = file({ a: "1", b: "2" });
    const set = await sets.existing({ ...args, values: { x: "1" } });
    rmSync(folder.at("seed.ndjson"));
    await sets.checked({ ...args, values: { x: "1" } }, set.inputs);
    expect(await sets.failures({ ...args, values: { x: "1" } })).toEqual([
      expect.stringMatching(/seed\.ndjson: cannot be read: ENOENT$/),
    ]);
  });

  test("that is gone is a warning where the store lacks something", async () => {
    const args = file({ a: "1", b: "2" });
    const set = await sets.existing(args);
    await sets.remove("b");
    sets.world.clock.advance(100);
    const refreshed = (await sets.world.refresh(set)) ?? set;
    sets.nextRun();
    rmSync(folder.at("seed.ndjson"));
    expect(await sets.plan(refreshed, args)).toEqual({});
    expect(sets.world.warnings).toEqual([expect.stringMatching(/^the file of the source is gone/)]);
  });

  test("that is gone deletes nothing as unlisted that it may have declared", async () => {
    const args = { ...file({ a: "1", b: "2" }), keyPrefix: "p/", prune: "unlisted" };
    const set = await sets.existing(args);
    await sets.remove("p/b");
    sets.world.clock.advance(100);
    const refreshed = (await sets.world.refresh(set)) ?? set;
    await sets.foreign("p/b");
    sets.nextRun();
    rmSync(folder.at("seed.ndjson"));
    const news = { ...args, values: { c: "3" } };
    const changed = await sets.changed(refreshed, news);
    expect(await sets.plan(changed, news)).toEqual({});
    await sets.change(changed, { ...args, values: {} });
    expect(sets.keys()).toEqual(["p/a", "p/b"]);
  });

  test("without a hash is always opened", async () => {
    const path = folder.write("seed.ndjson", '{"key":"a","value":"1"}');
    const set = await sets.existing({ source: asset({ path }) });
    folder.write("seed.ndjson", '{"key":"a","value":"2"}');
    await sets.change(set, { source: asset({ path }) });
    expect(sets.text("a")).toBe("2");
  });
});

describe("a directory", () => {
  test("is a key a file", async () => {
    folder.write("a.txt", "text");
    folder.write("b.bin", Buffer.from([0xff]));
    await sets.create({ keyPrefix: "assets/", source: archive({ path: folder.path, hash: "h1" }) });
    expect([sets.keys(), sets.entry("assets/b.bin")?.value]).toEqual([
      ["assets/a.txt", "assets/b.bin"],
      Buffer.from([0xff]),
    ]);
  });

  test.each([
    ["has another file", () => folder.write("a.txt", "other"), undefined],
    ["lacks a file", () => rmSync(folder.at("a.txt")), undefined],
  ])("that %s than when it was checked is not written as what it was", async (_, meddle, found) => {
    folder.write("a.txt", "text");
    const args = { source: archive({ path: folder.path, hash: "h1" }) };
    const inputs = await sets.checked(args);
    meddle();
    const call = sets.world.call("set", {}, "KeyValueSet");
    const error = await failureOf(sets.world.provider("KeyValueSet").create(inputs, call));
    expect([error.message, sets.text("a.txt")]).toEqual([
      expect.stringMatching(/has changed since this run began/),
      found,
    ]);
  });
});

describe("a plan that deletes too much", () => {
  test.each([
    ["a hundred", 200, 101, undefined, "would delete 101 of 200 keys"],
    ["a tenth", 2000, 201, undefined, "would delete 201 of 2,000 keys"],
    ["maxDeletes", 10, 1, 0, "would delete 1 of 10 keys"],
  ])("is refused above %s", async (_, size, deleted, maxDeletes, expected) => {
    const keys = numbered(size);
    const set = await sets.existing({ values: valuesOf(keys) });
    const args = { values: valuesOf(keys.slice(deleted)), maxDeletes };
    const error = await failureOf(sets.plan(set, args));
    expect(error.message).toBe(
      `${expected}, such as ${keys
        .slice(0, Math.min(3, deleted))
        .map((key) => `"${key}"`)
        .join(", ")}; ` +
        `check that all you mean is declared, and that files are whole; if so, set maxDeletes to ${deleted} or more`,
    );
    sets.nextRun();
    await sets.change(set, { ...args, maxDeletes: deleted });
    expect(sets.keys()).toHaveLength(size - deleted);
  });

  test.each([
    ["a hundred", 200, 100],
    ["a tenth", 2000, 200],
  ])("is none at %s", async (_, size, deleted) => {
    const keys = numbered(size);
    const set = await sets.existing({ values: valuesOf(keys) });
    await sets.change(set, { values: valuesOf(keys.slice(deleted)) });
    expect(sets.keys()).toHaveLength(size - deleted);
  });
});
