import { createCore } from "../../provider/index";
import { urnOf } from "../../tools/engine/urn";
import { type FakeEngine, startFakeEngine, stopFakeEngines } from "../../tools/transcripts/fake-engine";
import { dynamicClient } from "../driver/dynamic-client";
import { pluginClient } from "../driver/plugin-client";
import { closeDoors } from "../plugin/door";
import { accountId } from "../resources/world";
import { listen } from "./listening";
import { Recorder } from "./recorder";
import { secretsIn } from "./secret-scan";
import { halves, head, tail } from "./sentinel";

const inUrl = halves.map(encodeURIComponent).join(":");

const broken: [what: string, config: Record<string, string>][] = [
  ["a token with a space in it", { apiToken: `${head} ${tail}` }],
  ["a token with a line break at its end", { apiToken: `${head}${tail}\n` }],
  ["a token with characters that no token has", { apiToken: `${head}\u0000${tail}` }],
  ["a key with a space in it", { apiToken: "", apiKey: `${head} ${tail}`, email: "a@b" }],
  ["a key beside a token", { apiToken: "a-token", apiKey: `${head}${tail}` }],
  ["a token for the e-mail address", { apiToken: "", apiKey: "a-key", email: `${head}${tail}` }],
  ["a token for the account", { accountId: `${head}${tail}`.repeat(3) }],
  ["a token for a number", { maxConcurrency: `${head}${tail}` }],
  ["a token for a flag", { allowInsecure: `${head}${tail}` }],
  ["a URL with a user and a password", { baseUrl: `https://${inUrl}@localhost/client/v4` }],
  ["a URL with a password that is not encoded", { baseUrl: `https://user:${head}${tail}@localhost` }],
  ["a URL with a query", { baseUrl: `https://localhost/?${head}=${tail}` }],
  ["a URL of another protocol", { baseUrl: `ftp://localhost/${inUrl}` }],
  ["no URL", { baseUrl: `${head}${tail}` }],
];

const urn = urnOf("dev", "app", "", "cloudflare-kv:index:Namespace", "ns");

describe.each(broken)("%s", (_, config) => {
  const whole = { accountId, apiToken: "a-token", ...config };
  let engine: FakeEngine;
  let recorder: Recorder;

  beforeEach(async () => {
    engine = await startFakeEngine();
    recorder = new Recorder({ ...listen(), message: engine.messages });
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await closeDoors();
    stopFakeEngines();
  });

  test("is refused by the plugin, and nobody reads it", async () => {
    const plugin = await pluginClient(createCore(), engine.address);
    await recorder.taken(plugin.checkConfig(whole));
    expect(await recorder.taken(plugin.configure(whole))).toBeUndefined();
    expect(await recorder.taken(plugin.check(urn, {}, {}))).toBeUndefined();
    expect(secretsIn(halves, recorder.written)).toEqual([]);
  });

  test("is refused by the dynamic door, and nobody reads it", async () => {
    const dynamic = dynamicClient(createCore(), engine.address);
    await dynamic.configure(whole);
    expect(await recorder.taken(dynamic.check(urn, {}, {}))).toBeUndefined();
    expect(await recorder.taken(dynamic.create(urn, { accountId, title: "a" }))).toBeUndefined();
    expect(secretsIn(halves, recorder.written)).toEqual([]);
  });
});
