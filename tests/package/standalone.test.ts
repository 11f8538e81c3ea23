import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  GetSchemaRequest,
  ProviderHandshakeRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { startEmulator } from "../../provider/emulator/emulator";
import { version } from "../../provider/version";
import { struct } from "../../tools/wire";
import { Engine } from "../processes/engine";
import { behavesAsPlugin, pluginFolder, type Start } from "../processes/plugin-process";
import { until } from "../until";
import { archivesIn, Packages, unpacked } from "./standalone";

const root = join(__dirname, "..", "..", "..");
const folder = pluginFolder();
const packages = new Packages();
afterAll(() => packages.close());

describe("the plugin that stands alone", () => {
  let archives: string;
  let executable: string;

  beforeAll(async () => {
    archives = packages.make("alone");
    executable = await unpacked(archives);
  }, 300_000);

  /** There is no Node.js for it. */
  const start: Start = (options = {}) => folder.start(executable, { ...options, env: { PATH: "", ...options.env } });

  behavesAsPlugin(folder, start);

  test("is one executable in an archive that Pulumi finds by its name, with the terms of what is in it", () => {
    const { platform, arch } = process;
    const name = `pulumi-resource-cloudflare-kv-v${version}-${platform}-${arch.replace("x64", "amd64")}.tar.gz`;
    expect(archivesIn(archives)).toEqual([name]);
    expect(statSync(join(archives, name)).size).toBeLessThan(50 * 2 ** 20);
    const sum = createHash("sha256")
      .update(readFileSync(join(archives, name)))
      .digest("hex");
    expect(readFileSync(join(archives, "SHA256SUMS"), "utf8")).toBe(`${sum}  ${name}\n`);
    expect(readdirSync(dirname(executable)).sort()).toEqual(["LICENSE", "pulumi-resource-cloudflare-kv"]);
    const terms = readFileSync(join(dirname(executable), "LICENSE"), "utf8");
    for (const name of ["pulumi-cloudflare-kv", "undici", "zod", "@grpc/grpc-js", "google-protobuf"]) {
      expect(terms).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(.+\\)$`, "m"));
    }
    expect(terms).toContain("Node.js is licensed for use as follows");
  });

  test("has the schema and the version of the package", async () => {
    const client = await start().connect();
    const schema = (await client.getSchema(new GetSchemaRequest())).getSchema();
    expect(JSON.parse(schema)).toEqual(JSON.parse(readFileSync(join(root, "provider", "schema.json"), "utf8")));
    expect((await client.getPluginInfo(new Empty())).getVersion()).toBe(version);
  });

  test("writes what is larger than gRPC's own limit, and is cancelled by the engine's word and by Ctrl-C", async () => {
    const emulator = await startEmulator();
    try {
      const plugin = start();
      const client = await plugin.connect();
      const accountId = "0".repeat(32);
      const args = struct({ baseUrl: emulator.url, apiToken: "t", accountId });
      await client.configure(new ConfigureRequest().setArgs(args));
      const create = (type: string, inputs: object) => {
        const urn = `urn:pulumi:dev::app::cloudflare-kv:index:${type}::it`;
        return client.create(new CreateRequest().setUrn(urn).setProperties(struct({ accountId, ...inputs })));
      };
      const [, namespaceId = ""] = (await create("Namespace", { title: "data" })).getId().split("/");
      const value = "v".repeat(5 * 2 ** 20);
      await create("KeyValue", { namespaceId, key: "large", value });
      expect(emulator.entry(namespaceId, "large")?.value.toString()).toBe(value);
      emulator.setFaults([{ times: null, action: { status: 503 } }]);
      for (const cancel of [() => client.cancel(new Empty()), () => plugin.process.kill("SIGINT")]) {
        emulator.clearLog();
        const creation = create("KeyValue", { namespaceId, key: "small", value: "v" });
        const outcome = creation.catch(({ details }) => details);
        await until(() => emulator.log.length > 0);
        await cancel();
        expect(await outcome).toMatch(/cancelled/i);
      }
      expect(await plugin.exit).toBe(0);
    } finally {
      await emulator.close();
    }
  });

  test("ends when its engine is killed", async () => {
    const engine = await Engine.start();
    const plugin = start({ args: [engine.address] });
    const client = await plugin.connect();
    await client.handshake(new ProviderHandshakeRequest().setEngineAddress(engine.address).setRootDirectory(root));
    await engine.end();
    expect(await Promise.race([plugin.exit, delay(5000, "still running", { ref: false })])).toBe(0);
    expect(plugin.stderr).toBe("");
  });
});

describe("the plugin without a Node.js of its own", () => {
  let executable: string;

  beforeAll(async () => {
    executable = await unpacked(packages.make("scripts", ["--without-runtime"]));
  }, 120_000);

  behavesAsPlugin(folder, (options) => folder.start(executable, { ...options }));

  test("takes the one beside it, if there is one", async () => {
    symlinkSync(process.execPath, join(dirname(executable), "node"));
    const plugin = folder.start(executable, { env: { PATH: pathOf("dirname") } });
    await plugin.handshake();
    expect(plugin.stderr).toBe("");
  });

  test("says what is missing where there is none", async () => {
    const alone = await unpacked(join(packages.folder, "scripts"));
    const { status: code, stdout, stderr } = spawnSync(alone, { encoding: "utf8", env: { PATH: pathOf("dirname") } });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      "pulumi-cloudflare-kv needs Node.js 22.19 or newer, and there is no node on PATH: install it\n",
    );
  });

  test("is asked what its Node.js is, and says what it needs, where that is an old one", async () => {
    const preload = folder.write(
      "preload.cjs",
      'Object.defineProperty(process.versions, "node", { value: "20.20.2" });',
    );
    const plugin = folder.start(executable, { preload });
    const client = await plugin.connect();
    const [failure] = (await client.checkConfig(new CheckRequest())).getFailuresList();
    expect(failure?.getReason()).toContain("needs Node.js 22.19 or newer, and this is 20.20.2");
  });

  /** A PATH with these programs alone. */
  function pathOf(...programs: string[]): string {
    const path = join(folder.path, "bin");
    mkdirSync(path);
    for (const name of programs) {
      writeFileSync(join(path, name), `#!/bin/sh\nexec /usr/bin/${name} "$@"\n`);
      chmodSync(join(path, name), 0o755);
    }
    return path;
  }
});

test.each([
  [["--target", "amiga-68k"], "There is no target amiga-68k: expected one of linux-x64|"],
  [["--targets"], "Unknown option '--targets'"],
])("npm run package refuses %j with what it knows", (args, sentence) => {
  const main = join(__dirname, "../../tools/package/main.js");
  const { status: code, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
  expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  expect(stderr).toContain("usage: npm run package");
});
