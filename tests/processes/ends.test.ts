import { once } from "node:events";
import { rmSync } from "node:fs";
import { type ClientHttp2Session, connect } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { ConfigureRequest, CreateRequest, ProviderHandshakeRequest } from "@pulumi/pulumi/proto/provider_pb";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import type { Call } from "../../provider/pulumi/resource-provider";
import type { ProviderClient } from "../../tools/provider-client";
import { programFolder } from "../../tools/stack/world";
import { struct } from "../../tools/wire";
import { closeDoors, coreWith, openDoor, urn } from "../plugin/door";
import { until } from "../until";
import { Engine } from "./engine";
import { executable, root, Spawned } from "./spawned";

const accountId = "0123456789abcdef0123456789abcdef";
const running: { end(): Promise<unknown> }[] = [];

afterEach(async () => {
  await closeDoors();
  await Promise.all(running.splice(0).map((one) => one.end()));
});

async function startEngine(): Promise<Engine> {
  const engine = await Engine.start();
  running.push(engine);
  return engine;
}

describe("a server that stops", () => {
  /** A create that runs until it is cancelled, over a connection that the test has in its hands. */
  async function creating() {
    const began = Promise.withResolvers<void>();
    const create = (_: unknown, { signal }: Call) => {
      began.resolve();
      return new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const { server, close } = await openDoor(coreWith({ create }));
    close();
    const connection = connect(`http://127.0.0.1:${server.port}`);
    const trailers = call(connection, "Create", new CreateRequest().setUrn(urn).setProperties(struct({})));
    await began.promise;
    return { server, connection, trailers };
  }

  test("answers what is in flight", async () => {
    const { server, trailers } = await creating();
    await server.stop();
    expect(await trailers).toMatchObject({ "grpc-status": "1" });
  });

  test("does not wait for a connection that its engine has begun to close", async () => {
    const { server, connection, trailers } = await creating();
    connection.goaway();
    await delay(50);
    const startedAt = performance.now();
    await server.stop();
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(await trailers).toMatchObject({ "grpc-status": "1" });
  });
});

function call(connection: ClientHttp2Session, method: string, message: { serializeBinary(): Uint8Array }) {
  const body = Buffer.from(message.serializeBinary());
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(body.length, 1);
  const stream = connection.request({
    ":method": "POST",
    ":path": `/pulumirpc.ResourceProvider/${method}`,
    "content-type": "application/grpc",
    te: "trailers",
  });
  connection.on("error", () => {});
  stream.on("error", () => {}).resume();
  stream.end(Buffer.concat([prefix, body]));
  // A failure is told in the headers, for nothing comes after them.
  return Promise.race([once(stream, "response"), once(stream, "trailers")]).then(([headers]) => headers);
}

const runPlugin = require.resolve("@pulumi/pulumi/cmd/run-plugin");

type Start = (engineAddress: string, baseUrl: string) => Spawned;

const throughExecutable: Start = (address) => new Spawned(executable, { args: [address] });

/** Pulumi's own process, in a program's folder; it learns of this package with the first resource. */
const dynamicProcess: Start = (address, baseUrl) => {
  const cwd = programFolder();
  running.push({ end: async () => rmSync(cwd, { recursive: true }) });
  return new Spawned(process.execPath, {
    cwd,
    args: [require.resolve("@pulumi/pulumi/cmd/dynamic-provider"), address],
    env: { CLOUDFLARE_API_BASE_URL: baseUrl, CLOUDFLARE_API_TOKEN: "t" },
  });
};

/** As Pulumi starts the executable, as a shell does, and as the Node.js language host starts a PulumiPlugin.yaml. */
const ways: [string, Start][] = [
  ["the executable", throughExecutable],
  ["a shell", (address) => new Spawned("sh", { args: ["-c", `"${executable}" ${address}; true`] })],
  ["PulumiPlugin.yaml", (address) => new Spawned(process.execPath, { args: [runPlugin, root, address] })],
];

describe("when its engine is killed, a plugin ends", () => {
  const nothing = undefined;
  const waiting = { type: "delay", ms: 600_000 } as const;
  test.each([
    ...ways.map(([way, start]) => [`started through ${way}, while a request is in flight`, start, waiting] as const),
    ["as Pulumi's dynamic process, while it waits to repeat a request", dynamicProcess, { status: 503 }],
    ["while nothing runs", throughExecutable, nothing],
    ["while it waits for the rate limit", throughExecutable, { status: 429, retryAfter: 60 }],
    ["while it waits to repeat a request", throughExecutable, { status: 503 }],
  ] as const)("%s, and sends nothing more", async (_, start, action) => {
    const engine = await startEngine();
    const emulator = await startEmulator();
    const plugin = start(engine.address, emulator.url);
    running.push({ end: () => emulator.close() }, plugin);
    const client = await plugin.connect();
    const request = new ProviderHandshakeRequest().setEngineAddress(engine.address).setRootDirectory(root);
    if (start !== dynamicProcess) await client.handshake(request);
    if (action) await create(client, emulator, action);
    await engine.end();
    // No later than a user would look for it.
    expect(await Promise.race([plugin.exit, delay(5000, "still running")])).toBe(0);
    expect(plugin.stderr).toBe("");
    const { length } = emulator.log;
    await delay(1000);
    expect(emulator.log).toHaveLength(length);
  });
});

test("a plugin that somebody else has started outlives the engines that attach to it", async () => {
  const plugin = new Spawned(executable);
  running.push(plugin);
  const client = await plugin.connect();
  for (let count = 0; count < 2; count++) {
    const engine = await startEngine();
    await client.handshake(new ProviderHandshakeRequest().setEngineAddress(engine.address));
    await client.attach(new PluginAttach().setAddress(engine.address));
    await engine.end();
    await delay(500);
  }
  await plugin.handshake();
});

test("an address that nobody listens at says nothing", async () => {
  const plugin = new Spawned(executable, { args: ["127.0.0.1:1"] });
  running.push(plugin);
  const client = await plugin.connect();
  await client.handshake(new ProviderHandshakeRequest().setEngineAddress("127.0.0.1:1").setRootDirectory(root));
  await delay(500);
  await plugin.handshake();
});

/** A write that the API has seen, and does not take. */
async function create(
  client: ProviderClient,
  emulator: Emulator,
  action: Parameters<Emulator["setFaults"]>[0][number]["action"],
): Promise<void> {
  emulator.setFaults([{ times: null, action }]);
  const args = struct({ baseUrl: emulator.url, apiToken: "t", accountId });
  await client.configure(new ConfigureRequest().setArgs(args));
  const properties = struct({
    __provider: 'exports.handler=()=>require("pulumi-cloudflare-kv/dynamic").handler("KeyValue");',
    accountId,
    namespaceId: "1".repeat(32),
    key: "k",
    value: "v",
  });
  client.create(new CreateRequest().setUrn(urn).setProperties(properties)).catch(() => {});
  await until(() => emulator.log.length > 0);
}
