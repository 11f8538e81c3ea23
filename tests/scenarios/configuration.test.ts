import type { Declaration } from "../../tools/stack/stack";
import { accountId, token } from "../../tools/stack/world";
import { bothWays, playAll, type Scenario } from "./scenario";

const otherAccountId = "fedcba9876543210fedcba9876543210";

const program: Declaration[] = [
  { type: "Namespace", name: "ns", args: { title: "data" } },
  { type: "KeyValue", name: "a", args: { namespaceId: { $ref: "ns.namespaceId" }, key: "a", value: "one" } },
];

const scenarios: readonly Scenario[] = [
  {
    name: "account id from the environment differs from the state's",
    settings: { config: { "cloudflare-kv:accountId": "" }, env: { CLOUDFLARE_ACCOUNT_ID: accountId } },
    async play(world) {
      await world.up(...program);
      world.env.CLOUDFLARE_ACCOUNT_ID = otherAccountId;
      const { ok, text } = await world.engine.preview();
      expect([ok, text]).toEqual([
        false,
        expect.stringContaining(`is ${accountId} in the state, but ${otherAccountId}`),
      ]);
      await world.engine.refresh();
      expect(world.text("a")).toBe("one");
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "account id of the configuration changed",
    async play(world) {
      await world.up(...program);
      await world.engine.setConfig("cloudflare-kv:accountId", otherAccountId);
      await world.up();
      expect(world.emulator.namespaces().map(({ account }) => account)).toEqual([otherAccountId]);
      expect(world.text("a")).toBe("one");
      await world.expectSettled();
    },
  },
  {
    name: "token rotated, then up, refresh, destroy",
    async play(world) {
      await world.up(...program);
      world.emulator.setTokens(["new-token"]);
      await world.engine.setConfig("cloudflare-kv:apiToken", "new-token");
      for (const operate of [world.engine.refresh, world.engine.destroy]) {
        const { ok, text } = await operate();
        expect([ok, text]).toEqual([false, expect.stringContaining("that the last `pulumi up` saved")]);
      }
      expect((await world.up()).steps).toEqual([]);
      expect((await world.refresh()).steps).toEqual([]);
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "token rotated in the environment, then refresh, destroy",
    settings: { config: { "cloudflare-kv:apiToken": "" }, env: { CLOUDFLARE_API_TOKEN: token } },
    async play(world) {
      await world.up(...program);
      world.emulator.setTokens(["new-token"]);
      const { ok, text } = await world.engine.refresh();
      expect([ok, text]).toEqual([false, expect.stringContaining("The credential is that of the environment")]);
      world.env.CLOUDFLARE_API_TOKEN = "new-token";
      expect((await world.refresh()).steps).toEqual([]);
      await world.destroy();
      expect(world.emulator.namespaces()).toEqual([]);
    },
  },
  {
    name: "a token that is not marked as secret in the configuration",
    door: "plugin",
    settings: { secretConfig: [] },
    async play(world) {
      await world.up(...program);
      expect(world.engine.clearState()).not.toContain(token);
      await world.expectSettled();
    },
  },
  {
    name: "misspelled configuration",
    settings: { config: { "cloudflare-kv:maxConcurency": "4" } },
    async play(world) {
      world.declare(...program);
      const { ok, text } = await world.engine.preview();
      expect([ok, text]).toEqual([false, expect.stringContaining("maxConcurency")]);
      expect(text).toContain("is an unknown property; expected one of accountId, apiToken");
    },
  },
  {
    name: "wrong token",
    async play(world) {
      world.emulator.setTokens(["another-token"]);
      world.declare(...program);
      const { ok, text, printed } = await world.engine.up();
      expect([ok, text]).toEqual([false, expect.stringContaining("(code 10000)")]);
      expect(text).toContain("check the API token");
      expect(text + printed).not.toContain(token);
    },
  },
  {
    name: "base URL of the environment that is not https",
    settings: {
      config: { "cloudflare-kv:baseUrl": "" },
      env: { CLOUDFLARE_API_BASE_URL: "http://api.example/client/v4" },
    },
    async play(world) {
      world.declare(...program);
      const { ok, text } = await world.engine.preview();
      expect([ok, text]).toEqual([
        false,
        expect.stringContaining("CLOUDFLARE_API_BASE_URL http://api.example would send"),
      ]);
    },
  },
  {
    name: "missing token",
    settings: { config: { "cloudflare-kv:apiToken": "" } },
    async play(world) {
      world.declare(...program);
      const { ok, text } = await world.engine.preview();
      expect([ok, text]).toEqual([false, expect.stringContaining("No Cloudflare credential is configured")]);
      expect(world.requests()).toBe(0);
    },
  },
  {
    name: "missing account",
    settings: { config: { "cloudflare-kv:accountId": "" } },
    async play(world) {
      world.declare(...program);
      const { ok, text } = await world.engine.preview();
      expect([ok, text]).toEqual([false, expect.stringContaining("pulumi config set cloudflare-kv:accountId")]);
    },
  },
];

playAll(scenarios, bothWays);
