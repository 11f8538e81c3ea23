import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import type { Declaration } from "../../tools/stack/stack";
import { accountId, token, type World } from "../../tools/stack/world";
import { bothWays, playAll, type Scenario } from "./scenario";

const otherAccountId = "fedcba9876543210fedcba9876543210";
const otherToken = "another-token-that-must-not-be-seen";

function provider(name: string, args: Record<string, unknown>): Declaration {
  return { type: "Provider", name, args };
}

function inAccount(world: World, account: string): Declaration {
  return provider("one", { accountId: account, apiToken: token, baseUrl: world.emulator.url });
}

/** A namespace with a key and a set, all of one provider. */
function program(providerName: string, args: Record<string, unknown> = {}): Declaration[] {
  const options = { provider: { $resource: providerName } };
  const namespaceId = { $ref: `${providerName}-ns.id` };
  return [
    { type: "Namespace", name: `${providerName}-ns`, args: { title: "data", ...args }, options },
    { type: "KeyValue", name: `${providerName}-key`, args: { namespaceId, key: "a", value: providerName }, options },
    { type: "KeyValueSet", name: `${providerName}-set`, args: { namespaceId, values: { b: providerName } }, options },
  ];
}

/** Every key of an emulator, by its account. */
function stored(emulator: Emulator): Record<string, Record<string, string | undefined>> {
  return Object.fromEntries(
    emulator
      .namespaces()
      .map(({ account, id }) => [
        account,
        Object.fromEntries(emulator.keys(id).map((key) => [key, emulator.entry(id, key)?.value.toString("utf8")])),
      ]),
  );
}

function expectNoToken(world: World): void {
  const state = world.engine.clearState();
  expect([token, otherToken].filter((secret) => state.includes(secret))).toEqual([]);
}

async function withOtherEmulator(play: (emulator: Emulator) => Promise<void>): Promise<void> {
  const emulator = await startEmulator();
  emulator.setTokens([otherToken]);
  try {
    await play(emulator);
  } finally {
    await emulator.close();
  }
}

const scenarios: readonly Scenario[] = [
  {
    name: "two providers side by side, with an account and a token each",
    engine: "real",
    door: "plugin",
    settings: { config: { "cloudflare-kv:accountId": "", "cloudflare-kv:apiToken": "", "cloudflare-kv:baseUrl": "" } },
    play: (world) =>
      withOtherEmulator(async (other) => {
        world.emulator.setTokens([token]);
        const declared = [
          provider("one", { accountId, apiToken: token, baseUrl: world.emulator.url }),
          provider("two", { accountId: otherAccountId, apiToken: otherToken, baseUrl: other.url }),
          ...program("one"),
          ...program("two"),
        ];
        await world.up(...declared);
        expect(stored(world.emulator)).toEqual({ [accountId]: { a: "one", b: "one" } });
        expect(stored(other)).toEqual({ [otherAccountId]: { a: "two", b: "two" } });
        expectNoToken(world);
        await world.expectSettled();
        expect((await world.refresh()).steps).toEqual([]);
        await world.destroy();
        expect([world.emulator.namespaces(), other.namespaces()]).toEqual([[], []]);
      }),
  },
  {
    name: "a provider's token rotated",
    engine: "real",
    door: "plugin",
    async play(world) {
      const one = (apiToken: string) => provider("one", { accountId, apiToken, baseUrl: world.emulator.url });
      await world.up(one(token), ...program("one"));
      world.emulator.setTokens([otherToken]);
      world.declare(one(otherToken), ...program("one"));
      expect((await world.engine.preview()).steps).toEqual([]);
      await world.up();
      expect(world.requests()).toBe(0);
      expectNoToken(world);
      expect((await world.refresh()).steps).toEqual([]);
    },
  },
  {
    name: "a provider's account changed by its argument",
    engine: "real",
    door: "plugin",
    async play(world) {
      await world.up(inAccount(world, accountId), ...program("one"));
      world.declare(inAccount(world, otherAccountId), ...program("one"));
      const planned = await world.engine.preview();
      expect(planned.steps.filter((step) => step.startsWith("replace"))).toEqual([
        "replace one-key",
        "replace one-ns",
        "replace one-set",
      ]);
      await world.up();
      expect(stored(world.emulator)).toEqual({ [otherAccountId]: { a: "one", b: "one" } });
      await world.expectSettled();
    },
  },
  {
    name: "a resource's own account is not moved by its provider's",
    engine: "real",
    door: "plugin",
    async play(world) {
      await world.up(inAccount(world, accountId), ...program("one", { accountId }));
      const { steps } = await world.up(inAccount(world, otherAccountId), ...program("one", { accountId }));
      expect([steps, stored(world.emulator)]).toEqual([[], { [accountId]: { a: "one", b: "one" } }]);
      await world.expectSettled();
    },
  },
  {
    name: "a provider whose configuration is not known in the preview",
    engine: "real",
    door: "plugin",
    async play(world) {
      // Any id of 32 digits is an account to the emulator, and this one is known when the namespace is there.
      const declared = (title: string): Declaration[] => [
        { type: "Namespace", name: "first", args: { title } },
        provider("one", { accountId: { $ref: "first.namespaceId" }, apiToken: token, baseUrl: world.emulator.url }),
        ...program("one"),
      ];
      world.declare(...declared("first"));
      const planned = await world.engine.preview();
      // Whether the title of the first is free.
      expect([planned.ok, world.requests()]).toEqual([true, 1]);
      await world.up();
      const account = world.namespaceId("first");
      expect(stored(world.emulator)).toEqual({ [accountId]: {}, [account]: { a: "one", b: "one" } });
      await world.expectSettled();
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "a provider whose configuration becomes unknown",
    engine: "real",
    door: "plugin",
    async play(world) {
      const declared = (jurisdiction: string): Declaration[] => [
        { type: "Namespace", name: "first", args: { title: "first", jurisdiction } },
        provider("one", { accountId: { $ref: "first.namespaceId" }, apiToken: token, baseUrl: world.emulator.url }),
        ...program("one"),
      ];
      await world.up(...declared("eu"));
      world.declare(...declared("us"));
      const planned = await world.engine.preview();
      expect(planned.text).toContain("The provider for this resource has inputs that are not known during preview");
      expect(planned.steps.filter((step) => step.includes("one"))).toEqual([
        "update one-key",
        "update one-ns",
        "update one-set",
      ]);
      await world.up();
      const account = world.namespaceId("first");
      expect(stored(world.emulator)).toEqual({ [accountId]: {}, [account]: { a: "one", b: "one" } });
      await world.expectSettled();
    },
  },
];

playAll(scenarios, bothWays);
