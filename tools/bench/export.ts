import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { EmulatorProcess } from "../emulator-process";
import { median, missed, type Result, round } from "./figures";
import { writeSource } from "./generate-entries";
import type { Options } from "./options";
import { fileAsset, ProviderProcess } from "./provider-process";

const root = join(__dirname, "..", "..", "..");
const latencyMs = 200;
/** The loop keeps no limit either, and the emulator none. */
const noLimit = ["--requests-per-five-minutes", "100000"];

interface Run {
  readonly seconds: number;
  readonly rssMiB: number;
}

/** A whole namespace written to a file, against the straight loop of lists and bulk reads. */
export async function exporting(options: Options): Promise<Result> {
  const { entries, keys, valueBytes, runs } = options;
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-bench-"));
  const emulator = await EmulatorProcess.withLatency(latencyMs);
  try {
    const namespace = await emulator.createNamespace("export");
    const provider = await ProviderProcess.start(emulator.url);
    const source = fileAsset(await writeSource(join(dir, "seed"), "ndjson", options));
    await provider.create((await provider.check({}, { namespaceId: namespace.id, source })).answer);
    await provider.end();
    const ours: Run[] = [];
    const baseline: Run[] = [];
    for (let run = 0; run < runs; run++) {
      const [straight, exported] = [join(dir, `straight-${run}`), join(dir, `exported-${run}`)];
      baseline.push(await timedRun("export-loop.mjs", emulator, [namespace.url, straight]));
      ours.push(await timedRun("export-run.mjs", emulator, ["--namespace", namespace.id, "-o", exported, ...noLimit]));
      if (!readFileSync(straight).equals(readFileSync(exported))) throw new Error("both do not write the same");
    }
    const of = (all: readonly Run[], name: keyof Run) => median(all.map((run) => run[name]));
    const ratio = of(ours, "seconds") / of(baseline, "seconds");
    return {
      case: "export",
      options: { entries, keys, valueBytes, runs, latencyMs },
      ours: { seconds: round(of(ours, "seconds")), rssMiB: of(ours, "rssMiB") },
      baseline: { seconds: round(of(baseline, "seconds")), rssMiB: of(baseline, "rssMiB") },
      ratio: round(ratio),
      ratioOf: "seconds",
      misses: [...missed("seconds, in straight loops,", ratio, 1.3), ...missed("rssMiB", of(ours, "rssMiB"), 150)],
    };
  } finally {
    await emulator.end();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Both print the seconds and the most memory of their process. */
async function timedRun(script: string, emulator: EmulatorProcess, args: readonly string[]): Promise<Run> {
  const env = {
    ...process.env,
    CLOUDFLARE_API_TOKEN: "bench",
    CLOUDFLARE_ACCOUNT_ID: "0123456789abcdef0123456789abcdef",
    CLOUDFLARE_API_BASE_URL: emulator.url,
  };
  const file = join(root, "tools", "bench", script);
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], { env });
  const [seconds = 0, rssMiB = 0] = stdout.trim().split(" ").map(Number);
  return { seconds, rssMiB };
}
