import { randomBytes } from "node:crypto";
import { asset } from "../../../tools/wire";
import { mark, unknown } from "../world";
import { numbered, Sets, valuesOf } from "./sets";
import { Folder } from "./source/reading";

const sets = new Sets();
const folder = new Folder();
const infos = () => sets.world.infos;
const secret = "hunter2";

describe("a check", () => {
  test.each([
    [
      "nothing to declare",
      {},
      ["values is missing: give at least one of values, entries, source; an empty `values` declares no key at all"],
    ],
    [
      "unlisted without a prefix",
      { values: {}, prune: "unlisted" },
      [
        'keyPrefix is required beside prune: "unlisted", which deletes every other key below it; "" stands for the whole namespace',
      ],
    ],
    ["a strange property", { values: {}, value: "x" }, [/^value is an unknown property; expected one of accountId/]],
    [
      "a bad option",
      { values: {}, prune: "all", driftDetection: 1, maxDeletes: -1 },
      [
        "prune must be one of removed, unlisted",
        /^maxDeletes must be a whole number from 0/,
        "driftDetection must be one of values, keys, none",
      ],
    ],
    [
      "two times",
      { values: {}, expiration: 2e9, expirationTtl: 60 },
      ["expiration must not be given beside expirationTtl; give one of them"],
    ],
    ["a time that is none", { values: {}, expiration: 1e12 }, [/it looks like milliseconds/]],
    [
      "a time to live that is too short",
      { values: {}, expirationTtl: 59 },
      ["expirationTtl must be at least 60 seconds, not 59"],
    ],
    [
      "too much metadata",
      { values: {}, metadata: "x".repeat(1023) },
      ["metadata is 1025 bytes long as JSON, at most 1024 are allowed"],
    ],
    [
      "a prefix that leaves no room",
      { values: {}, keyPrefix: "p".repeat(512) },
      ["keyPrefix is 512 bytes long, at most 511 are allowed"],
    ],
    [
      "a source that is none",
      { source: "seed.json" },
      ["source must be an Asset or an Archive, such as new pulumi.asset.FileAsset(path)"],
    ],
    [
      "a remote source",
      { source: asset({ uri: "https://example.com" }) },
      ["source must be a file or a text of this machine, not a RemoteAsset; download it first"],
    ],
    ["values that are no map", { values: ["a"] }, ["values: must be a map, not a list"]],
    ["entries that are no list", { entries: { a: 1 } }, ["entries: must be a list, not an object"]],
  ])("refuses %s", async (_, args, expected) => {
    const failures = await sets.failures(args);
    expect(failures).toEqual(expected.map((text) => (typeof text === "string" ? text : expect.stringMatching(text))));
  });

  test("refuses a value, a key, metadata and times wherever they stand, and quotes none", async () => {
    const bad = {
      key: "k",
      value: secret,
      valueBase64: secret,
      metadata: "m".repeat(2000),
      expirationTtl: 1,
      more: secret,
    };
    const failures = await sets.failures({
      values: { "": secret, n: 7 },
      entries: [bad, { key: "..", value: secret }, secret, { key: "x".repeat(513), value: "" }],
      source: asset({ text: `{"key":"s","value":"${secret}","expiration":1}\n{"key":"t","value":"${secret}` }),
    });
    expect(failures.map((text) => text.slice(0, 60))).toEqual(
      [
        'values[""]: key must not be empty',
        'values["n"]: must be a string, not a number',
        "entries[0].more: is an unknown member; expected one of key, ",
        "entries[0].value: must not be given beside valueBase64; give ",
        "entries[0].valueBase64: must be base64: letters, digits, + a",
        "entries[0].metadata: is 2002 bytes long as JSON, at most 102",
        "entries[0].expirationTtl: must be at least 60 seconds, not 1",
        'entries[1].key: must not be "..", which the API refuses as a',
        "entries[2]: must be an object, not a string",
        "entries[3].key: is 513 bytes long, at most 512 are allowed",
        "source:1: expiration must be an absolute time in unix second",
        "source:2:28: not valid JSON",
      ].map((text) => expect.stringContaining(text.slice(0, 24))),
    );
    expect(failures.join()).not.toContain(secret);
  });

  test("names all at once, whatever is wrong beside them", async () => {
    const failures = await sets.failures({
      expiration: 1.5,
      maxDeletes: -1,
      values: { "": "x" },
      entries: [{ key: "a" }],
    });
    expect(failures).toEqual([
      "expiration must be whole unix seconds, not 1.5",
      expect.stringContaining("maxDeletes"),
      'values[""]: key must not be empty',
      "entries[0].value: is required, or valueBase64, or valueJson",
    ]);
  });

  test("names the first twenty, and counts the others", async () => {
    const failures = await sets.failures({ entries: numbered(1234).map((key) => ({ key })) });
    expect([failures.length, failures[19], failures[20]]).toEqual([
      21,
      "entries[19].value: is required, or valueBase64, or valueJson",
      "… and 1,214 more",
    ]);
  });

  test("counts the prefix as a part of the key", async () => {
    const args = (length: number) => ({ keyPrefix: "é/", values: { ["k".repeat(length)]: "" } });
    expect(await sets.failures(args(509))).toEqual([]);
    expect(await sets.failures(args(510))).toEqual([expect.stringMatching(/: key with keyPrefix is 513 bytes long/)]);
  });

  test("takes a prefix alone as a key", async () => {
    await sets.create({ keyPrefix: "p", values: { "": "x" } });
    expect(sets.keys()).toEqual(["p"]);
  });

  test("refuses a set whose keys alone are too much for a state", async () => {
    // Nothing can be said shorter of keys that nothing but chance has made.
    const keys = Array.from({ length: 16_500 }, () => randomBytes(384).toString("base64url"));
    expect(await sets.failures({ entries: keys.map((key) => ({ key, value: "" })) })).toEqual([
      expect.stringMatching(
        /^the keys alone take 8,\d{3},\d{3} bytes of the state, and one set may take 8,388,608; split it by keyPrefix$/,
      ),
    ]);
  });

  test("takes many keys that are long, and much the same", async () => {
    const keys = numbered(16_500, "k".repeat(505));
    expect(await sets.failures({ entries: keys.map((key) => ({ key, value: "" })) })).toEqual([]);
  });

  test("refuses a source that is not what the engine has hashed", async () => {
    const source = asset({ path: folder.write("seed.ndjson", '{"key":"a","value":"1"}'), hash: "0".repeat(64) });
    await expect(sets.failures({ source })).rejects.toThrow(/has changed since this run began/);
  });

  test("refuses an environment that would move the set to another account", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    sets.world.configure({ stack: { "cloudflare-kv:accountId": "" }, env: { CLOUDFLARE_ACCOUNT_ID: "f".repeat(32) } });
    expect(await sets.failures({ values: {} }, set.inputs)).toEqual([
      expect.stringMatching(/^accountId is 0123.* in the state, but ffff/),
    ]);
    sets.world.configure();
  });
});

describe("a key that is declared twice", () => {
  test.each([
    [
      "values and entries",
      { values: { a: "" }, entries: [{ key: "a", value: "" }] },
      'entries[0]: the key "a" stands at values["a"] already',
    ],
    [
      "entries",
      {
        entries: [
          { key: "a", value: "" },
          { key: "b", value: "" },
          { key: "a", value: "" },
        ],
      },
      'entries[2]: the key "a" stands at entries[0] already',
    ],
    [
      "values and source",
      { values: { a: "" }, source: asset({ text: '{"key":"b","value":""}\n{"key":"a","value":"2"}' }) },
      'source:2: the key "a" stands at values["a"] already',
    ],
    [
      "a source",
      { source: asset({ text: '[{"key":"a","value":""},\n {"key":"a","value":"2"}]' }) },
      'source:2:2: the key "a" stands at source:1:2 already',
    ],
    [
      "an unknown value and a known one",
      { values: { a: unknown }, entries: [{ key: "a", value: "" }] },
      'values["a"]: the key "a" stands at entries[0] already',
    ],
  ])("in %s is refused with both places", async (_, args, expected) => {
    expect(await sets.failures(args)).toEqual([`${expected}; each may be declared once`]);
  });

  test("many times is counted", async () => {
    const keys = numbered(30);
    const failures = await sets.failures({ values: valuesOf(keys), entries: keys.map((key) => ({ key, value: "" })) });
    expect([failures.length, failures[20]]).toEqual([21, "… and 10 more"]);
  });
});

describe("a source without an entry", () => {
  test("of a set that holds keys needs maxDeletes, however small the set is", async () => {
    const set = await sets.existing({ source: asset({ text: '{"key":"a","value":"1"}' }) });
    const empty = { source: asset({ text: "\n" }) };
    await expect(sets.plan(set, empty)).rejects.toThrow(
      "the source has no entry, and 1 key would be deleted; check that the source is whole, and that include and exclude leave something of it; " +
        "if all those keys are to go, set maxDeletes to 1 or more",
    );
    await sets.plan(set, { ...empty, maxDeletes: 1 });
  });

  test("is all right where the set has none", async () => {
    expect(await sets.failures({ source: asset({ text: "[]" }) })).toEqual([]);
    const set = await sets.existing({ values: { a: "1" } });
    await sets.plan(set, { values: { a: "1" }, source: asset({ text: "[]" }) });
  });
});

describe("what is not known yet", () => {
  test.each([
    ["values", { values: unknown }, "all of values, which are not known yet"],
    ["entries", { entries: unknown }, "all of entries, which are not known yet"],
    ["an entry", { entries: [unknown] }, "1 entry whose key is not known yet"],
    ["a key", { entries: [{ key: unknown, value: "" }] }, "1 entry whose key is not known yet"],
    [
      "two keys",
      { entries: ["", "2"].map((value) => ({ key: unknown, value })) },
      "2 entries whose keys are not known yet",
    ],
    ["the source", { source: unknown }, "all of source, which is not known yet"],
    ["a file in the source", { source: asset({ text: unknown }) }, "all of source, which is not known yet"],
    [
      "values and source",
      { values: unknown, source: unknown },
      "all of values, which are not known yet and all of source, which is not known yet",
    ],
  ])("in %s leaves open what is declared, and hides no removal", async (_, args, expected) => {
    const set = await sets.existing({ values: { a: "1", b: "2" } });
    const plan = await sets.plan(set, args);
    expect(Object.keys(plan)).not.toEqual([]);
    const requests = expected.startsWith("1 entry") ? "1 request" : "0 requests";
    expect(infos()).toEqual([
      `set: at least +0 ~0, at most -2, of 0 entries and ${expected} (at least ${requests})\n` +
        '  - "a"\n  - "b"\n  - unless an unknown key is one of them',
    ]);
    const call = sets.world.call("set", { preview: true }, "KeyValueSet");
    const { outs } = await sets.world.provider("KeyValueSet").create(await sets.checked(args), call);
    expect(Object.keys(outs)).not.toContain("count");
  });

  test.each([
    ["a value", { values: { a: unknown } }],
    ["metadata", { entries: [{ key: "a", value: "", metadata: { x: unknown } }] }],
    ["a time", { entries: [{ key: "a", value: "", expirationTtl: unknown }] }],
    ["the default metadata", { values: { a: "" }, metadata: { x: unknown } }],
    ["the default expiration", { values: { a: "" }, expiration: unknown }],
    ["the default time to live", { values: { a: "" }, expirationTtl: unknown }],
  ])("of %s is planned as a write of its key", async (_, args) => {
    await sets.checked(args);
    expect(infos()).toEqual(['set: +1 ~0 -0 of 1 entry (1 request)\n  + "a"']);
    sets.nextRun();
    const set = await sets.existing({ values: { a: "1", b: "2" } });
    await sets.plan(set, args);
    expect(infos()).toEqual(['set: +0 ~1 -1 of 1 entry (2 requests)\n  - "b"\n  ~ "a"']);
  });

  test("in a key counts and names what is known", async () => {
    const set = await sets.existing({ entries: [{ key: "a", value: "1" }] });
    await sets.plan(set, {
      entries: [
        { key: "b", value: "1" },
        { key: unknown, value: "1" },
      ],
    });
    expect(infos()).toEqual([
      "set: at least +1 ~0, at most -1, of 1 entry and 1 entry whose key is not known yet (at least 1 request)\n" +
        '  - "a"\n  - unless an unknown key is one of them\n  + "b"',
    ]);
  });

  test("in a key of a new set is counted", async () => {
    await sets.checked({ entries: [{ key: unknown, value: "1" }] });
    expect(infos()).toEqual([
      "set: at least +0 ~0 -0 of 0 entries and 1 entry whose key is not known yet (at least 0 requests)",
    ]);
  });

  test("in a key is said too where nothing else changes", async () => {
    const set = await sets.existing({ values: { a: "1" } });
    await sets.plan(set, { values: { a: "1" }, entries: [unknown] });
    expect(infos()).toEqual([
      "set: at least +0 ~0 -0 of 1 entry and 1 entry whose key is not known yet (at least 0 requests)",
    ]);
  });

  test("fails no plan for deletes that it may cancel, and says so", async () => {
    const set = await sets.existing({ values: { a: "1", b: "2", c: "3" } });
    await sets.plan(set, { values: {}, entries: [unknown, unknown], maxDeletes: 1 });
    expect(sets.world.warnings).toEqual([
      "one update may delete 1 key (maxDeletes): `pulumi up` refuses 3, " +
        "unless enough of them turn out to be keys that are not known yet",
    ]);
    await expect(sets.plan(set, { values: {}, entries: [unknown], maxDeletes: 1 })).rejects.toThrow(
      "would delete at least 2 of 3 keys, such as",
    );
  });

  test("of the defaults spares the entries that have their own", async () => {
    const inputs = { entries: [{ key: "a", value: "", metadata: 1, expirationTtl: 60 }], values: { b: "" } };
    const set = await sets.existing(inputs);
    await sets.plan(set, { ...inputs, metadata: unknown, expirationTtl: unknown });
    expect(infos()).toEqual(['set: +0 ~1 -0 of 2 entries (1 request)\n  ~ "b"']);
  });

  test.each([
    ["namespace", { namespaceId: unknown }, "namespaceId"],
    ["prefix", { keyPrefix: unknown }, "keyPrefix"],
  ])("of the %s is planned as a replacement", async (_, args, property) => {
    const set = await sets.existing({ values: { a: "1" } });
    const plan = await sets.plan(set, { values: { a: "1" }, ...args });
    expect(plan).toMatchObject({ [property]: expect.stringMatching(/ replaces$/) });
    expect(infos()).toEqual([
      'set: +1 ~0 -0 of 1 entry (1 request)\n  + "a"',
      ...("keyPrefix" in args ? ["the keyPrefix is not known yet: the keys are named without it"] : []),
      "afterwards 1 key of the old set is deleted, except what the program still declares",
    ]);
  });

  test("of the prefix leaves all else to be judged", async () => {
    expect(await sets.failures({ keyPrefix: unknown, values: { a: 1 } })).toEqual([
      'values["a"]: must be a string, not a number; quote it, or set jsonValues: true',
    ]);
  });
});

describe("the outputs of a preview", () => {
  test("have what is known before anything is sent", async () => {
    const call = sets.world.call("set", { preview: true }, "KeyValueSet");
    const inputs = await sets.checked({ values: { a: "12", b: "3" } });
    const { outs } = await sets.world.provider("KeyValueSet").create(inputs, call);
    expect([outs, sets.world.requests()]).toEqual([{ ...mark, ...inputs, count: 2, bytes: 3 }, ["namespaces.get"]]);
  });

  test("of a set that only gets another option are those that it has", async () => {
    const set = await sets.existing({ values: { a: "12", b: "3" } });
    const call = sets.world.call("set", { preview: true }, "KeyValueSet");
    const inputs = await sets.checked({ values: { a: "12", b: "3" }, maxDeletes: 5 }, set.inputs);
    const { outs } = await sets.world.provider("KeyValueSet").update(set.id, set.outs, inputs, call);
    expect([outs, sets.world.requests()]).toEqual([{ ...mark, ...inputs, count: 2, bytes: 3 }, []]);
  });

  test("leave out how many bytes there will be while a value is not known", async () => {
    const call = sets.world.call("set", { preview: true }, "KeyValueSet");
    const inputs = await sets.checked({ values: { a: "12", b: unknown } });
    const { outs } = await sets.world.provider("KeyValueSet").create(inputs, call);
    expect(outs).toEqual({ ...mark, ...inputs, count: 2 });
  });
});
