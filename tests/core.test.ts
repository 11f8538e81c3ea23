import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ConfigError } from "../provider/config";
import { createCore } from "../provider/index";
import { World } from "./resources/world";

const run = promisify(execFile);

test("the core names its resources, and which of their outputs are secret", () => {
  const types = [...createCore().resources.values()].map(({ life: _, ...rest }) => rest);
  expect(types).toEqual([
    { token: "cloudflare-kv:index:Namespace", secretOutputs: [], derivedOutputs: {} },
    {
      token: "cloudflare-kv:index:KeyValue",
      secretOutputs: ["valueSha256"],
      derivedOutputs: { expiresAt: ["expiration", "expirationTtl"] },
    },
    {
      token: "cloudflare-kv:index:KeyValueSet",
      secretOutputs: ["sha256", "manifest"],
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
  for (const { life } of resources.values()) {
    await expect(life.check({}, {})).rejects.toThrow(new ConfigError("The provider was not configured"));
  }
});

test("a core is light until its first request: what the network needs is not loaded before", async () => {
  const script = `
    const { createCore } = require(${JSON.stringify(join(__dirname, "..", "provider", "index.js"))});
    const core = createCore();
    core.configure({ args: {}, stack: {}, env: { CLOUDFLARE_API_TOKEN: "t", CLOUDFLARE_ACCOUNT_ID: "f".repeat(32) } });
    const inputs = { namespaceId: "f".repeat(32), key: "k", value: "v" };
    const { life } = core.resources.get("cloudflare-kv:index:KeyValue");
    life.check({}, inputs).then(async ({ failures }) => {
      await life.diff("id", inputs, inputs);
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

  test("keeps what it knows where nothing changed: the rate of its requests", async () => {
    const configure = () => world.configure({ stack: { "cloudflare-kv:requestsPerFiveMinutes": "2" } });
    configure();
    await world.create("Namespace", "a", { title: "a" });
    const before = world.clock.now();
    configure();
    await world.create("Namespace", "b", { title: "b" });
    expect(world.clock.now() - before).toBe(300_000);
  });
});
