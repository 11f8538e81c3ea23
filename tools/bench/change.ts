import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmulatorProcess } from "../emulator-process";
import type { Properties } from "../engine/property";
import { median, missed, type Result, round } from "./figures";
import { generateEntries, type SeedFormat, writeSource } from "./generate-entries";
import type { Options } from "./options";
import { ProviderProcess, sourceAsset } from "./provider-process";

const latencyMs = 200;

/** A set that is in the store, as the engine would have it. */
export interface Seeded {
  readonly id: string;
  readonly namespaceId: string;
  readonly inputs: Properties;
  readonly outs: Properties;
}

/** Seeds a set from a file of entries, and lends it with a fresh provider for each run. */
export async function withSeeded<T>(
  options: Options,
  latency: number,
  use: (set: Seeded, files: { first: string; second: string }, emulator: EmulatorProcess) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-bench-"));
  const emulator = await EmulatorProcess.withLatency(latency);
  try {
    const files = {
      first: await writeSource(join(dir, "first"), options.format, { ...options, changed: 0 }),
      second: await writeSource(join(dir, "second"), options.format, options),
    };
    return await use(await seeded(emulator, files.first, options.format), files, emulator);
  } finally {
    await emulator.end();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Some entries of a large set changed: what an update sends, against the changed entries serialised. */
export async function change(options: Options): Promise<Result> {
  const { entries, keys, valueBytes, format, changed: count, runs } = options;
  return withSeeded(options, latencyMs, async (set, files, emulator) => {
    const figures: { seconds: number; requests: number; bytes: number }[] = [];
    let [from, to] = [set, files.second];
    for (let run = 0; run < runs; run++) {
      const { figures: one, set: after } = await update(emulator, from, sourceAsset(to, format));
      figures.push(one);
      [from, to] = [after, to === files.second ? files.first : files.second];
    }
    const of = (name: "seconds" | "requests" | "bytes") => median(figures.map((one) => one[name]));
    const baseline = changedBytes(options);
    return {
      case: "change",
      options: { entries, keys, valueBytes, format, changed: count, runs, latencyMs },
      ours: { seconds: round(of("seconds")), requests: of("requests"), bytes: of("bytes") },
      baseline: { bytes: baseline },
      ratio: round(of("bytes") / baseline),
      ratioOf: "bytes",
      misses: [
        ...missed("requests", of("requests"), Math.max(1, Math.ceil((count - 1000) / 10_000) + 1)),
        ...missed("bytes, in those of the changed entries,", of("bytes") / baseline, 2),
      ],
    };
  });
}

async function update(emulator: EmulatorProcess, set: Seeded, source: Properties) {
  const provider = await ProviderProcess.start(emulator.url);
  try {
    const args = { namespaceId: set.namespaceId, source };
    const { answer: inputs } = await provider.check(set.inputs, args);
    await provider.diff(set.id, set.outs, inputs);
    await emulator.takeLog();
    const { seconds, answer: outs } = await provider.update(set.id, set.outs, inputs);
    const log = await emulator.takeLog();
    const bytes = log.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
    return { figures: { seconds, requests: log.length, bytes }, set: { ...set, inputs, outs } };
  } finally {
    await provider.end();
  }
}

async function seeded(emulator: EmulatorProcess, path: string, format: SeedFormat): Promise<Seeded> {
  const namespace = await emulator.createNamespace("bench");
  const provider = await ProviderProcess.start(emulator.url);
  try {
    const source = sourceAsset(path, format);
    const { answer: inputs } = await provider.check({}, { namespaceId: namespace.id, source });
    const { answer } = await provider.create(inputs);
    await emulator.takeLog();
    return { id: answer.id, namespaceId: namespace.id, inputs, outs: answer.outs };
  } finally {
    await provider.end();
  }
}

function changedBytes(options: Options): number {
  return Buffer.byteLength(JSON.stringify([...generateEntries({ ...options, entries: options.changed })]));
}
