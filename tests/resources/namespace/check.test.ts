import type { Autonaming, Properties } from "../../../provider/pulumi/resource-provider";
import { accountId, otherId, type Resource, seeded, unknown, World } from "../world";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
beforeEach(() => {
  world.endRun();
  world.configure();
});
afterAll(() => world.close());

const checked = (args: Properties, olds: Properties = {}, more = {}) =>
  world.checked("Namespace", "ns", args, olds, more);

const accepted: [name: string, args: Properties][] = [
  ["nothing", {}],
  ["a title", { title: "data" }],
  ["a title of 512 characters", { title: "é".repeat(512) }],
  ["everything", { accountId, title: " data ", jurisdiction: "fedramp", adopt: true, forceDestroy: false }],
  ["what is null for absent", { title: null, jurisdiction: null, adopt: null, forceDestroy: null, accountId: null }],
  [
    "what is unknown",
    { title: unknown, jurisdiction: unknown, adopt: unknown, forceDestroy: unknown, accountId: unknown },
  ],
];
test.each(accepted)("a check accepts %s", async (_, args) => {
  expect(await world.failures("Namespace", args)).toEqual([]);
});

const empty = "must not be empty; leave it out to have one made from the resource's name";
const refused: [name: string, args: Properties, property: string, reason: string][] = [
  ["an empty title", { title: "" }, "title", empty],
  ["a blank title", { title: " \n" }, "title", empty],
  ["a title of 513 characters", { title: "x".repeat(513) }, "title", "is 513 characters long, at most 512 are allowed"],
  ["half a character", { title: "a\udc00" }, "title", "has a lone surrogate, which UTF-8 cannot carry; remove it"],
  ["a number for a title", { title: 5 }, "title", "must be a string, not a number; quote it"],
  ["another jurisdiction", { jurisdiction: "de" }, "jurisdiction", "must be one of eu, fedramp, us"],
  ["a jurisdiction in capitals", { jurisdiction: "EU" }, "jurisdiction", "must be one of eu, fedramp, us"],
  ["a text for adopt", { adopt: "true" }, "adopt", "must be a boolean, not a string"],
  ["a number for forceDestroy", { forceDestroy: 1 }, "forceDestroy", "must be a boolean, not a number"],
  ["an account's name", { accountId: "mine" }, "accountId", 'must be 32 lowercase hexadecimal digits, not "mine"'],
  [
    "a property that does not exist",
    { name: "data" },
    "name",
    "is an unknown property; expected one of accountId, title, jurisdiction, mode, adopt, forceDestroy",
  ],
];
test.each(refused)("a check refuses %s", async (_, args, property, reason) => {
  expect(await world.failures("Namespace", args)).toEqual([{ property, reason }]);
  expect(world.requests()).toEqual([]);
});

describe("the account", () => {
  test("is filled in", async () => {
    expect(await checked({ title: "data" })).toEqual({ title: "data", accountId });
  });

  test("never moves by the environment", async () => {
    world.configure({ stack: { "cloudflare-kv:accountId": "" }, env: { CLOUDFLARE_ACCOUNT_ID: otherId } });
    const [failure] = await world.failures("Namespace", { title: "data" }, { title: "data", accountId });
    expect(failure?.reason).toMatch(new RegExp(`^is ${accountId} in the state, but ${otherId} in the environment`));
    expect((await checked({ title: "data" })).accountId).toBe(otherId);
  });
});

describe("without a title", () => {
  const rule = (mode: "propose" | "enforce", name: string): Autonaming["rule"] => ({ mode, name });

  test("one is made of the name and the seed, the same for a plan and its execution", async () => {
    const inputs = await checked({}, {}, seeded("seed"));
    expect(inputs).toEqual({ accountId, title: expect.stringMatching(/^ns-[0-9a-f]{7}$/), __defaults: ["title"] });
    expect(await checked({}, {}, seeded("seed"))).toEqual(inputs);
    expect((await checked({}, {}, seeded("other"))).title).not.toBe(inputs.title);
  });

  test("one is made that is not too long", async () => {
    const call = world.call("x".repeat(600), seeded("seed"), "Namespace");
    const { inputs } = await world.provider("Namespace").check({}, {}, call);
    expect(String(inputs.title)).toMatch(/^x{504}-[0-9a-f]{7}$/);
  });

  test("it is left to create where there is no seed", async () => {
    expect(await checked({})).toEqual({ accountId });
    expect(await checked({}, {}, seeded(""))).toEqual({ accountId });
  });

  test("the one that was made is kept, whatever a new one would be", async () => {
    const inputs = await checked({}, {}, seeded("seed"));
    for (const more of [
      {},
      seeded("other"),
      seeded("other", rule("enforce", "enforced")),
      seeded("", { mode: "disable" }),
    ]) {
      expect(await checked({}, inputs, more)).toEqual(inputs);
    }
  });

  test("the one that was given is not kept: a new one is made", async () => {
    const inputs = await checked({}, { accountId, title: "given" }, seeded("seed"));
    expect(inputs).toMatchObject({ title: expect.stringMatching(/^ns-/), __defaults: ["title"] });
  });

  test("is not the same as with the title that was made once", async () => {
    const inputs = await checked({}, {}, seeded("seed"));
    expect(await checked({ title: inputs.title }, inputs, seeded("seed"))).toEqual({ accountId, title: inputs.title });
  });

  test("the one that is proposed is taken", async () => {
    expect((await checked({}, {}, seeded("seed", rule("propose", "proposed")))).title).toBe("proposed");
  });

  test("the one that is proposed is shortened where it must be, and stays as random as it was", async () => {
    const long = (seed: string) => checked({}, {}, seeded(seed, rule("propose", `${"x".repeat(600)}-${seed}`)));
    const { title } = await long("seed");
    expect(title).toMatch(/^x{504}-[0-9a-f]{7}$/);
    expect([(await long("seed")).title, (await long("other")).title]).toEqual([
      title,
      expect.not.stringMatching(String(title)),
    ]);
  });

  test("the one that is enforced is taken, or fails", async () => {
    expect((await checked({}, {}, seeded("seed", rule("enforce", "enforced")))).title).toBe("enforced");
    const call = world.call("ns", seeded("seed", rule("enforce", "x".repeat(513))), "Namespace");
    expect((await world.provider("Namespace").check({}, {}, call)).failures).toEqual([
      { property: "title", reason: "by pulumi:autonaming is 513 characters long, at most 512 are allowed" },
    ]);
  });

  test("it fails where none may be made", async () => {
    const call = world.call("ns", seeded("seed", { mode: "disable" }), "Namespace");
    expect((await world.provider("Namespace").check({}, {}, call)).failures).toEqual([
      { property: "title", reason: "is required because pulumi:autonaming is disabled" },
    ]);
  });

  test("and with one that is given nothing is made", async () => {
    const more = seeded("seed", rule("enforce", "enforced"));
    expect(await checked({ title: "data" }, {}, more)).toEqual({ accountId, title: "data" });
  });
});

describe("a plan", () => {
  const inState = (inputs: Properties): Resource => ({
    type: "Namespace",
    name: "ns",
    id: `${accountId}/${otherId}`,
    inputs: { accountId, ...inputs },
    outs: { accountId, ...inputs, namespaceId: otherId, supportsUrlEncoding: true, writtenAt: 1_900_000_000 },
  });
  const made = { title: "ns-1234567", __defaults: ["title"] };

  const plans: [name: string, olds: Properties, news: Properties, plan: Record<string, string>][] = [
    ["nothing", { title: "a" }, { title: "a" }, {}],
    ["another title", { title: "a" }, { title: "b" }, { title: "update" }],
    ["an unknown title", { title: "a" }, { title: unknown }, { title: "update" }],
    ["a title in capitals", { title: "a" }, { title: "A" }, { title: "update" }],
    ["a title that was made", made, {}, {}],
    ["a title that was made, by a check that does not know it", made, { ...made, title: "ns-7654321" }, {}],
    ["the title that was made, given now", made, { title: "ns-1234567" }, {}],
    ["a title given in place of a made one", made, { title: "b" }, { title: "update" }],
    ["no title any more", { title: "a" }, {}, { title: "delete" }],
    ["a jurisdiction", { title: "a" }, { title: "a", jurisdiction: "eu" }, { jurisdiction: "add replaces" }],
    [
      "another jurisdiction",
      { title: "a", jurisdiction: "us" },
      { title: "a", jurisdiction: "eu" },
      { jurisdiction: "update replaces" },
    ],
    [
      "no jurisdiction any more",
      { title: "a", jurisdiction: "us" },
      { title: "a" },
      { jurisdiction: "delete replaces" },
    ],
    ["another account", { title: "a" }, { title: "a", accountId: otherId }, { accountId: "update replaces" }],
    ["adopt", { title: "a" }, { title: "a", adopt: true }, { adopt: "add" }],
    ["adopt of false", { title: "a" }, { title: "a", adopt: false, forceDestroy: false }, {}],
    [
      "forceDestroy taken back",
      { title: "a", forceDestroy: true },
      { title: "a", forceDestroy: false },
      { forceDestroy: "update" },
    ],
  ];
  test.each(plans)("for %s", async (_, olds, news, plan) => {
    expect(await world.plan(inState(olds), news)).toEqual(plan);
  });

  test("for no title any more, where a seed makes one, is a new name", async () => {
    const old = inState({ title: "a" });
    const news = await checked({}, old.inputs, seeded("seed"));
    const { detailed } = await world
      .provider("Namespace")
      .diff(old.id, old.outs, news, world.call("ns", {}, "Namespace"));
    expect(detailed.get("title")).toEqual({ kind: "update", replace: false, inputDiff: true });
  });

  const orders: [name: string, olds: Properties, news: Properties, deleteFirst: boolean][] = [
    ["the same given title", { title: "a" }, { title: "a", jurisdiction: "eu" }, true],
    ["a new title", { title: "a" }, { title: "b", jurisdiction: "eu" }, false],
    ["a title that was made", made, { jurisdiction: "eu" }, false],
    ["a title that was made, filled in again", made, { ...made, jurisdiction: "eu" }, false],
    ["the same title in another account", { title: "a" }, { title: "a", accountId: otherId }, false],
    ["no replacement", { title: "a" }, { title: "a", adopt: true }, false],
  ];
  test.each(orders)("deletes first only where both cannot be: %s", async (_, olds, news, deleteFirst) => {
    const old = inState(olds);
    const result = await world
      .provider("Namespace")
      .diff(old.id, old.outs, { accountId, ...news }, world.call("ns", {}, "Namespace"));
    expect(result.deleteBeforeReplace).toBe(deleteFirst);
  });
});
