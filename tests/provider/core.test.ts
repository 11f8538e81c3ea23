import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { createCore } from "../../provider/index";
import { ConfigError } from "../../provider/session/config";
import { quietCall } from "../quiet-call";
import { World } from "../resources/world";

const run = promisify(execFile);

test("the core names its resources, and which of their outputs are secret", () => {
  const types = [...createCore().resources.values()].map(({ provider: _, ...rest }) => rest);
  expect(types).toEqual([
    { token: "cloudflare-kv:index:Namespace", secretOutputs: [], derivedOutputs: {} },
    {
      token: "cloudflare-kv:index:KeyValue",
      secretOutputs: ["valueSha256"],
      derivedOutputs: { expiresAt: ["expiration", "expirationTtl"] },
    },
    {
      token: "cloudflare-kv:index:KeyValueSet",
      secretOutputs: ["sha256", "manifest", "__undeleted"],
      derivedOutputs: {
        count: ["values", "entries", "source"],
        bytes: ["values", "entries", "source"],
        sourceHash: ["source"],
      },
    },
  ]);
});

test("a core that was not configured says so", async () => {
  const { resources } = createCore();
  for (const { provider } of resources.values()) {
    await expect(provider.check({}, {}, quietCall)).rejects.toThrow(new ConfigError("The provider was not configured"));
  }
});

test("a core is light until its first request: what the network needs is not loaded before", async () => {
  const script = `
    const { createCore } = require(${JSON.stringify(join(__dirname, "..", "..", "provider", "index.js"))});
    const core = createCore();
    core.configure({ args: {}, stack: {}, env: { CLOUDFLARE_API_TOKEN: "t", CLOUDFLARE_ACCOUNT_ID: "f".repeat(32) } });
    const inputs = { namespaceId: "f".repeat(32), key: "k", value: "v" };
    const call = { urn: "", preview: false, signal: new AbortController().signal, log: { info() {} } };
    const { provider } = core.resources.get("cloudflare-kv:index:KeyValue");
    provider.check({}, inputs, call).then(async ({ failures }) => {
      await provider.diff("id", inputs, inputs, call);
      const loaded = Object.keys(require.cache).map((file) => /node_modules\\/((@[^/]+\\/)?[^/]+)/.exec(file)?.[1]);
      console.log(JSON.stringify([failures, [...new Set(loaded)].filter(Boolean)]));
    });`;
  const { stdout } = await run(process.execPath, ["-e", script]);
  expect(JSON.parse(stdout)).toEqual([[], ["zod"]]);
});

describe("a core that is configured again", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world.close());

  const statuses = () => world.emulator.log.map(({ status }) => status);

  test("uses the new credential from then on", async () => {
    world.emulator.setTokens(["new"]);
    const inputs = { title: "data" };
    await expect(world.create("Namespace", "ns", inputs)).rejects.toThrow("Authentication error (code 10000)");
    world.configure({ args: { apiToken: "new" } });
    await world.create("Namespace", "ns", inputs);
    expect(statuses()).toEqual([401, 401, 200, 200]);
  });

  const few = { "cloudflare-kv:requestsPerFiveMinutes": "2" };
  const other = { ...few, "cloudflare-kv:apiToken": "other" };
  const changes: [name: string, steps: Record<string, string>[], waitedSeconds: number][] = [
    ["where nothing changed", [few, few], 300],
    ["where anything else changed", [few, { ...few, "cloudflare-kv:requestTimeout": "59" }], 300],
    ["over another operation with another credential", [few, other, few], 300],
    ["and has none of another credential", [few, other], 0],
    ["and takes a new rate at its word", [few, { "cloudflare-kv:requestsPerFiveMinutes": "4" }], 0],
  ];
  test.each(changes)("remembers the requests of its credential %s", async (_, steps, waitedSeconds) => {
    const before = world.clock.now();
    for (const [index, stack] of steps.entries()) {
      world.core.cancel();
      world.configure({ stack });
      await world.create("Namespace", `ns${index}`, { title: `ns${index}` });
    }
    expect((world.clock.now() - before) / 1000).toBe(waitedSeconds);
  });
});
