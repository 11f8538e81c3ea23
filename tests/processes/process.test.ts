import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckRequest, ConfigureRequest } from "@pulumi/pulumi/proto/provider_pb";
import { startFakeEngine, stopFakeEngines } from "../../tools/transcripts/fake-engine";
import { struct } from "../../tools/wire";
import { until } from "../until";
import { executable, root, Spawned, type SpawnOptions } from "./spawned";

const runPlugin = require.resolve("@pulumi/pulumi/cmd/run-plugin");
const running: Spawned[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plugin-"));
});

afterEach(async () => {
  stopFakeEngines();
  await Promise.all(running.splice(0).map((plugin) => plugin.end()));
  rmSync(folder, { recursive: true });
});

/** As Pulumi starts the executable, and as its Node.js language host starts a folder with a PulumiPlugin.yaml. */
const ways: [string, (options?: SpawnOptions) => Spawned][] = [
  [
    "the executable",
    (options = {}) => started(new Spawned(executable, { cwd: folder, args: ["127.0.0.1:1"], ...options })),
  ],
  [
    "PulumiPlugin.yaml",
    (options = {}) => {
      const args = [runPlugin, root, ...(options.args ?? ["127.0.0.1:1"])];
      return started(new Spawned(process.execPath, { cwd: folder, ...options, args }));
    },
  ],
];

function started(plugin: Spawned): Spawned {
  running.push(plugin);
  return plugin;
}

/** A module for `--require`, which does something when the process is sent SIGUSR2. */
function onSignal(statement: string): string {
  const file = join(folder, "preload.cjs");
  writeFileSync(file, `process.on("SIGUSR2", () => { ${statement} });`);
  return file;
}

describe.each(ways)("started through %s", (_, start) => {
  test("it prints its port and nothing else, answers, and ends by SIGINT without a complaint", async () => {
    const plugin = start();
    await plugin.handshake();
    expect(plugin.stdout).toMatch(/^\d+\n$/);
    plugin.process.kill("SIGINT");
    expect(await plugin.exit).toBe(0);
    expect(plugin.stdout).toMatch(/^\d+\n$/);
    expect(plugin.stderr).toBe("");
  });

  test.each([["throw new Error('broken')"], ["Promise.reject(new Error('broken'))"]])(
    "it reports an error that nobody caught once, and ends: %s",
    async (statement) => {
      const plugin = start({ preload: onSignal(statement) });
      await plugin.handshake();
      plugin.process.kill("SIGUSR2");
      expect(await plugin.exit).toBe(1);
      expect(plugin.stderr.match(/Error: broken/g)).toHaveLength(1);
      expect(plugin.stdout).toMatch(/^\d+\n$/);
    },
  );

  test("what a library prints goes to stderr, while it starts and later", async () => {
    const preload = join(folder, "noise.cjs");
    const print = "console.log('noise'); process.stdout.write('more\\n');";
    writeFileSync(
      preload,
      `const { load } = { load: module.constructor._load };
      module.constructor._load = function (name, ...rest) {
        if (name === "@grpc/grpc-js" && process.stdout.write !== before) { ${print} }
        return load.call(this, name, ...rest);
      };
      const before = process.stdout.write;
      process.on("SIGUSR2", () => { ${print} });`,
    );
    const plugin = start({ preload });
    await plugin.handshake();
    expect(plugin.stderr).toContain("noise\nmore\n");
    const before = plugin.stderr;
    plugin.process.kill("SIGUSR2");
    await until(() => plugin.stderr.length > before.length);
    plugin.process.kill("SIGINT");
    await plugin.exit;
    expect(plugin.stderr).toBe(`${before}noise\nmore\n`);
    expect(plugin.stdout).toMatch(/^\d+\n$/);
  });

  test.each([[[]], [["--logtostderr", "-v=9", "127.0.0.1:1"]], [["--tracing", "x", "127.0.0.1:1"]]])(
    "it needs none of its arguments: %j",
    async (args) => {
      await start({ args }).handshake();
    },
  );
});

test("before the first Check neither Pulumi's runtime nor the core's libraries are loaded", async () => {
  const plugin = started(
    new Spawned(executable, {
      preload: onSignal("console.error(Object.keys(require.cache).join('\\n')); process.exit();"),
    }),
  );
  await plugin.handshake();
  plugin.process.kill("SIGUSR2");
  expect(await plugin.exit).toBe(0);
  expect(plugin.stderr).toContain("node_modules/@grpc/grpc-js");
  const forbidden =
    /@pulumi\/pulumi\/(?!proto\/|package\.json).*|node_modules\/(zod|undici|typescript)\/|provider\/index/;
  expect(plugin.stderr.split("\n").filter((file) => forbidden.test(file))).toEqual([]);
});

test("SIGTERM ends it as SIGINT does", async () => {
  const plugin = started(new Spawned(executable));
  await plugin.handshake();
  plugin.process.kill("SIGTERM");
  expect(await plugin.exit).toBe(0);
});

test("it starts where nothing can be cached", async () => {
  await started(new Spawned(executable, { env: { NODE_COMPILE_CACHE: "/dev/null/cache" } })).handshake();
});

test("an old Node.js is refused with what to do, before anything else", async () => {
  const preload = join(folder, "preload.cjs");
  writeFileSync(preload, 'Object.defineProperty(process.versions, "node", { value: "22.18.9" });');
  const plugin = started(new Spawned(executable, { preload }));
  expect(await plugin.exit).toBe(1);
  expect(plugin.stdout).toBe("");
  expect(plugin.stderr).toBe(
    "pulumi-cloudflare-kv needs Node.js 22.19 or newer, and this is 22.18.9: " +
      "install a newer Node.js, or put one first on PATH.\n",
  );
});

test("without a handshake it logs to the engine of its last argument", async () => {
  const engine = await startFakeEngine();
  const plugin = started(new Spawned(executable, { args: ["-v=9", engine.address] }));
  const client = await plugin.connect();
  const accountId = "0".repeat(32);
  const news = struct({ accountId, namespaceId: "1".repeat(32), key: "k", value: "v" });
  const check = (name: string) =>
    new CheckRequest().setUrn(`urn:pulumi:dev::app::cloudflare-kv:index:KeyValue::${name}`).setNews(news);
  await client.configure(new ConfigureRequest().setArgs(struct({ apiToken: "t", accountId })));
  for (const name of ["one", "two"]) await client.check(check(name));
  expect(engine.messages).toMatchObject([{ ephemeral: false, urn: expect.stringContaining("KeyValue::") }]);
});
