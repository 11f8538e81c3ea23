import { status } from "@grpc/grpc-js";
import { CheckRequest, ConfigureRequest, GetSchemaRequest } from "@pulumi/pulumi/proto/provider_pb";
import { startFakeEngine, stopFakeEngines } from "../../tools/transcripts/fake-engine";
import { struct } from "../../tools/wire";
import { behavesAsPlugin, onSignal, pluginFolder, type Start } from "./plugin-process";
import { executable, root } from "./spawned";

const runPlugin = require.resolve("@pulumi/pulumi/cmd/run-plugin");
const folder = pluginFolder();
afterEach(stopFakeEngines);

/** As Pulumi starts the executable, and as its Node.js language host starts a folder with a PulumiPlugin.yaml. */
const throughExecutable: Start = (options) => folder.start(executable, { args: ["127.0.0.1:1"], ...options });
const throughHost: Start = ({ args = ["127.0.0.1:1"], ...options } = {}) =>
  folder.start(process.execPath, { ...options, args: [runPlugin, root, ...args] });
const ways = [
  ["the executable", throughExecutable],
  ["PulumiPlugin.yaml", throughHost],
] as const;

describe.each(ways)("started through %s", (_, start) => {
  behavesAsPlugin(folder, start);

  test("what a library prints while it is loaded goes to stderr", async () => {
    const preload = folder.write(
      "noise.cjs",
      `const load = module.constructor._load;
      const before = process.stdout.write;
      module.constructor._load = function (name, ...rest) {
        if (name === "@grpc/grpc-js" && process.stdout.write !== before) console.log("noise");
        return load.call(this, name, ...rest);
      };`,
    );
    const plugin = start({ preload });
    await plugin.handshake();
    expect(plugin.stderr).toContain("noise\n");
    expect(plugin.stdout).toMatch(/^\d+\n$/);
  });

  test("on an old Node.js it answers, and says when it is configured what it needs", async () => {
    const old = 'Object.defineProperty(process.versions, "node", { value: "22.18.9" });';
    const plugin = start({ preload: folder.write("preload.cjs", old) });
    const sentence =
      "pulumi-cloudflare-kv needs Node.js 22.19 or newer, and this is 22.18.9: " +
      "install a newer Node.js, or put one first on PATH";
    await plugin.handshake();
    const client = await plugin.connect();
    const checked = await client.checkConfig(new CheckRequest());
    expect(checked.getFailuresList().map((failure) => failure.getReason())).toEqual([sentence]);
    await expect(client.configure(new ConfigureRequest())).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: sentence,
    });
    expect(JSON.parse((await client.getSchema(new GetSchemaRequest())).getSchema())).toMatchObject({
      name: "cloudflare-kv",
    });
    expect([plugin.stdout, plugin.stderr]).toEqual([expect.stringMatching(/^\d+\n$/), ""]);
  });
});

test("before the first Check neither Pulumi's runtime nor the core's libraries are loaded", async () => {
  const preload = onSignal(folder, "console.error(Object.keys(require.cache).join('\\n')); process.exit();");
  const plugin = throughExecutable({ preload });
  await plugin.handshake();
  plugin.process.kill("SIGUSR2");
  expect(await plugin.exit).toBe(0);
  expect(plugin.stderr).toContain("node_modules/@grpc/grpc-js");
  const forbidden =
    /@pulumi\/pulumi\/(?!proto\/|package\.json).*|node_modules\/(zod|undici|typescript)\/|provider\/index/;
  expect(plugin.stderr.split("\n").filter((file) => forbidden.test(file))).toEqual([]);
});

test("without a handshake it logs to the engine of its last argument", async () => {
  const engine = await startFakeEngine();
  const plugin = throughExecutable({ args: ["-v=9", engine.address] });
  const client = await plugin.connect();
  const accountId = "0".repeat(32);
  const news = struct({ accountId, namespaceId: "1".repeat(32), key: "k", value: "v" });
  const check = (name: string) =>
    new CheckRequest().setUrn(`urn:pulumi:dev::app::cloudflare-kv:index:KeyValue::${name}`).setNews(news);
  await client.configure(new ConfigureRequest().setArgs(struct({ apiToken: "t", accountId })));
  for (const name of ["one", "two"]) await client.check(check(name));
  expect(engine.messages).toMatchObject([
    {
      message: expect.stringMatching(/^the namespace was there before this stack/),
      urn: expect.stringMatching(/::one$/),
    },
    {
      message: expect.stringMatching(/^the key is declared twice/),
      ephemeral: false,
      urn: expect.stringMatching(/::two$/),
    },
  ]);
});
