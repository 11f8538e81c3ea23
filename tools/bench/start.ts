import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { CheckRequest, ConfigureRequest, ProviderHandshakeRequest } from "@pulumi/pulumi/proto/provider_pb";
import { struct } from "../engine/call";
import { startServer } from "../engine/process";
import { connect } from "../provider-client";
import { median, missed, type Result, round } from "./figures";
import { peakMiB } from "./provider-process";

const root = join(__dirname, "..", "..", "..");
const runs = 15;
const handshakeBar = 4;
const checkBar = 9;
const rssBarMiB = 110;

interface Run {
  readonly handshakeSeconds: number;
  readonly seconds: number;
  readonly rssMiB: number;
}

/** From the plugin's start to its first answers, against a Node.js that does nothing. */
export async function start(): Promise<Result> {
  const ours: Run[] = [];
  const bare: number[] = [];
  // The first pair warms the disk's cache, and is not counted.
  for (let run = 0; run <= runs; run++) {
    const [bareSeconds, our] = [bareNode(), await plugin()];
    if (run === 0) continue;
    bare.push(bareSeconds);
    ours.push(our);
  }
  const handshakeSeconds = median(ours.map((run) => run.handshakeSeconds));
  const seconds = median(ours.map((run) => run.seconds));
  const rssMiB = Math.max(...ours.map((run) => run.rssMiB));
  const baseline = median(bare);
  return {
    case: "start",
    options: { runs },
    ours: { seconds, handshakeSeconds, rssMiB },
    baseline: { seconds: baseline },
    ratio: round(seconds / baseline),
    ratioOf: "seconds",
    misses: [
      ...missed("the handshake, in bare starts of Node.js,", handshakeSeconds / baseline, handshakeBar),
      ...missed("the check, in bare starts of Node.js,", seconds / baseline, checkBar),
      ...missed("rssMiB", rssMiB, rssBarMiB),
    ],
  };
}

function bareNode(): number {
  const startedAt = performance.now();
  spawnSync(process.execPath, ["-e", "0"], { stdio: "ignore" });
  return (performance.now() - startedAt) / 1000;
}

async function plugin(): Promise<Run> {
  const startedAt = performance.now();
  const secondsSince = () => (performance.now() - startedAt) / 1000;
  const command = { file: join(root, "pulumi-resource-cloudflare-kv"), args: [], cwd: root, env: {} };
  const [server, address] = await startServer(command, () => {});
  const client = connect(address);
  try {
    await client.handshake(new ProviderHandshakeRequest());
    const handshakeSeconds = secondsSince();
    await client.configure(configureRequest());
    await client.check(checkRequest());
    return { handshakeSeconds, seconds: secondsSince(), rssMiB: peakMiB(server.pid) };
  } finally {
    client.close();
    await server.end();
  }
}

function configureRequest(): ConfigureRequest {
  return new ConfigureRequest().setArgs(struct({ apiToken: "token", accountId: "0".repeat(32) })) as ConfigureRequest;
}

function checkRequest(): CheckRequest {
  const request = new CheckRequest();
  request.setUrn("urn:pulumi:dev::project::cloudflare-kv:index:KeyValue::key");
  request.setOlds(struct({}));
  request.setNews(struct({ namespaceId: "0".repeat(32), key: "key", value: "value" }));
  return request;
}
