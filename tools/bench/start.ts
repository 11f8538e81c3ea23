import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckRequest, ConfigureRequest, ProviderHandshakeRequest } from "@pulumi/pulumi/proto/provider_pb";
import { extract } from "tar";
import { struct } from "../engine/call";
import { startServer } from "../engine/process";
import { connect } from "../provider-client";
import { median, missed, type Result, round } from "./figures";
import type { Options } from "./options";
import { peakMiB } from "./provider-process";

const root = join(__dirname, "..", "..", "..");
const executableName = "pulumi-resource-cloudflare-kv";
const runs = 15;
const handshakeBar = 4;
const checkBar = 9;
const rssBarMiB = 110;

type Run = {
  readonly handshakeSeconds: number;
  readonly seconds: number;
  readonly rssMiB: number;
};

/** From the plugin's start to its first answers, against a Node.js that does nothing, and against what npm installs. */
export async function start({ plugin }: Pick<Options, "plugin">): Promise<Result> {
  if (plugin === undefined) return againstNothing(join(root, executableName));
  const folder = mkdtempSync(join(tmpdir(), "cloudflare-kv-bench-"));
  try {
    await extract({ file: plugin, cwd: folder });
    return await againstNpm(join(folder, executableName));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function againstNothing(executable: string): Promise<Result> {
  const ours: Run[] = [];
  const bare: number[] = [];
  // The first pair warms the disk's cache, and is not counted.
  for (let run = 0; run <= runs; run++) {
    const [bareSeconds, our] = [bareNode(), await started(executable)];
    if (run === 0) continue;
    bare.push(bareSeconds);
    ours.push(our);
  }
  const figures = medians(ours);
  const baseline = median(bare);
  return {
    case: "start",
    options: { runs },
    ours: figures,
    baseline: { seconds: baseline },
    ratio: round(figures.seconds / baseline),
    ratioOf: "seconds",
    misses: [
      ...missed("the handshake, in bare starts of Node.js,", figures.handshakeSeconds / baseline, handshakeBar),
      ...missed("the check, in bare starts of Node.js,", figures.seconds / baseline, checkBar),
      ...missed("rssMiB", figures.rssMiB, rssBarMiB),
    ],
  };
}

async function againstNpm(executable: string): Promise<Result> {
  const ours: Run[] = [];
  const npms: Run[] = [];
  for (let run = 0; run <= runs; run++) {
    const [npm, our] = [await started(join(root, executableName)), await started(executable)];
    if (run === 0) continue;
    npms.push(npm);
    ours.push(our);
  }
  const [figures, baseline] = [medians(ours), medians(npms)];
  return {
    case: "start",
    options: { runs },
    ours: figures,
    baseline,
    ratio: round(figures.seconds / baseline.seconds),
    ratioOf: "seconds",
    misses: [
      ...missed("the check, in starts of what npm installs,", figures.seconds / baseline.seconds, 1),
      ...missed("rssMiB, in those of what npm installs,", figures.rssMiB / baseline.rssMiB, 1),
    ],
  };
}

function medians(all: readonly Run[]): Run {
  return {
    seconds: median(all.map((run) => run.seconds)),
    handshakeSeconds: median(all.map((run) => run.handshakeSeconds)),
    rssMiB: Math.max(...all.map((run) => run.rssMiB)),
  };
}

function bareNode(): number {
  const startedAt = performance.now();
  spawnSync(process.execPath, ["-e", "0"], { stdio: "ignore" });
  return (performance.now() - startedAt) / 1000;
}

async function started(file: string): Promise<Run> {
  const startedAt = performance.now();
  const secondsSince = () => (performance.now() - startedAt) / 1000;
  const command = { file, args: [], cwd: root, env: {} };
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
