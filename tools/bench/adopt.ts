import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmulatorProcess } from "../emulator-process";
import { median, missed, type Result, round } from "./figures";
import { writeSource } from "./generate-entries";
import type { Options } from "./options";
import { ProviderProcess, sourceAsset } from "./provider-process";

const latencyMs = 200;

interface Run {
  readonly seconds: number;
  readonly requests: number;
  readonly written: number;
}

/** A namespace that is full already is taken over, of which a few keys differ, against writing all of it again. */
export async function adopt(options: Options): Promise<Result> {
  const { entries, keys, valueBytes, format, different, runs } = options;
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-bench-"));
  const emulator = await EmulatorProcess.withLatency(latencyMs);
  try {
    const there = await writeSource(join(dir, "there"), format, { ...options, changed: 0 });
    const declared = await writeSource(join(dir, "declared"), format, { ...options, changed: different });
    const ours: Run[] = [];
    const baseline: Run[] = [];
    for (let run = 0; run < runs; run++) {
      for (const [isAdopted, figures] of [
        [false, baseline],
        [true, ours],
      ] as const) {
        const namespace = await emulator.createNamespace("adopt");
        await create(emulator, { namespaceId: namespace.id, source: sourceAsset(there, format) });
        const args = { namespaceId: namespace.id, source: sourceAsset(declared, format), adopt: isAdopted };
        figures.push(await create(emulator, args));
        await emulator.deleteNamespace(namespace.id);
      }
    }
    const of = (all: readonly Run[], name: keyof Run) => median(all.map((run) => run[name]));
    const [mine, theirs] = [of(ours, "requests"), of(baseline, "requests")];
    return {
      case: "adopt",
      options: { entries, keys, valueBytes, format, different, runs, latencyMs },
      ours: { seconds: round(of(ours, "seconds")), requests: mine, written: of(ours, "written") },
      baseline: { seconds: round(of(baseline, "seconds")), requests: theirs, written: of(baseline, "written") },
      ratio: round(of(ours, "seconds") / of(baseline, "seconds")),
      ratioOf: "seconds",
      misses: [
        ...missed("requests", mine, 2 + entries / 100 + entries / 1000),
        ...missed("keys written", of(ours, "written"), different),
      ],
    };
  } finally {
    await emulator.end();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The update of a first `pulumi up`: its check, which looks, and the create. */
async function create(emulator: EmulatorProcess, args: Record<string, unknown>): Promise<Run> {
  const provider = await ProviderProcess.start(emulator.url);
  try {
    await emulator.takeLog();
    const checked = await provider.check({}, args as never);
    const { seconds } = await provider.create(checked.answer);
    const log = await emulator.takeLog();
    const written = log.reduce((sum, { writes }) => sum + writes, 0);
    return { seconds: checked.seconds + seconds, requests: log.length, written };
  } finally {
    await provider.end();
  }
}
