import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { EmulatorProcess } from "../emulator-process";
import { median, missed, type Result, round, rounded } from "./figures";
import { type SeedFormat, writeSource } from "./generate-entries";
import type { Options } from "./options";
import { ProviderProcess, sourceAsset } from "./provider-process";
import { wrangler } from "./wrangler-peer";

const root = join(__dirname, "..", "..", "..");
const latencyMs = 200;
/** With fewer, the small request that goes ahead of all others is most of the time. */
const entriesOfBars = 100_000;

interface Run {
  readonly seconds: number;
  readonly checkSeconds: number;
  readonly requests: number;
  readonly rssMiB: number;
}

/** A new set from a file, against the straight loop over the same file; each run with processes of its own. */
export async function seed(options: Options): Promise<Result> {
  const { runs, peer, format } = options;
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-bench-"));
  const emulator = await EmulatorProcess.withLatency(latencyMs);
  try {
    const file = await writeSource(join(dir, "seed"), options.format, options);
    const ours: Run[] = [];
    const baseline: number[] = [];
    for (let run = 0; run < runs; run++) {
      baseline.push(
        Math.min(await straightLoop(emulator, file, 4, format), await straightLoop(emulator, file, 8, format)),
      );
      ours.push(await provider(emulator, file, format));
    }
    const peerFigures = peer ? { peer: { seconds: round(await wrangler(emulator, file, dir)) } } : {};
    return { ...result(options, ours, median(baseline)), ...peerFigures };
  } finally {
    await emulator.end();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function provider(emulator: EmulatorProcess, path: string, format: SeedFormat): Promise<Run> {
  const namespace = await emulator.createNamespace("ours");
  const provider = await ProviderProcess.start(emulator.url);
  try {
    const args = { namespaceId: namespace.id, source: sourceAsset(path, format) };
    const { seconds: checkSeconds, answer: inputs } = await provider.check({}, args);
    await emulator.takeLog();
    const { seconds } = await provider.create(inputs);
    const requests = (await emulator.takeLog()).length;
    return { seconds, checkSeconds, requests, rssMiB: provider.peakMiB };
  } finally {
    await provider.end();
    await emulator.deleteNamespace(namespace.id);
  }
}

async function straightLoop(
  emulator: EmulatorProcess,
  file: string,
  inFlight: number,
  format: SeedFormat,
): Promise<number> {
  const namespace = await emulator.createNamespace("straight loop");
  const script = join(root, "tools", "bench", "straight-loop.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    file,
    namespace.url,
    String(inFlight),
    format,
  ]);
  await emulator.deleteNamespace(namespace.id);
  return Number(stdout);
}

function result({ entries, keys, valueBytes, runs, format }: Options, all: readonly Run[], baseline: number): Result {
  const of = (name: keyof Run) => median(all.map((run) => run[name]));
  const ours = { seconds: of("seconds"), checkSeconds: of("checkSeconds"), requests: of("requests") };
  const rssMiB = of("rssMiB");
  const slow = [
    ...missed("Create, in straight loops,", ours.seconds / baseline, 1.5),
    ...missed("Check and Create, in straight loops,", (ours.seconds + ours.checkSeconds) / baseline, 3),
  ];
  return {
    case: "seed",
    options: { entries, keys, valueBytes, format, runs, latencyMs },
    ours: { ...rounded(ours), rssMiB },
    baseline: { seconds: round(baseline) },
    ratio: round(ours.seconds / baseline),
    ratioOf: "seconds",
    misses: [
      ...(entries < entriesOfBars ? [] : slow),
      ...missed("requests", ours.requests, Math.max(20, entries / 5_000)),
      ...missed("rssMiB", rssMiB, rssBar(entries, valueBytes)),
    ],
  };
}

function rssBar(entries: number, valueBytes: number): number {
  if (entries > 100_000) return 700;
  return valueBytes > 100 ? 400 : 300;
}
