import { join } from "node:path";
import { EmulatorProcess } from "../emulator-process";
import { hasPulumi } from "../stack/real";
import type { Declaration } from "../stack/stack";
import { World } from "../stack/world";
import { median, missed, type Result, round } from "./figures";
import { writeNdjson } from "./generate-entries";
import type { Options } from "./options";
import { timed } from "./provider-process";

const latencyMs = 200;
const secondsMore = 5;

const namespace: Declaration = { type: "Namespace", name: "ns" };

function set(args: object): Declaration {
  return { type: "KeyValueSet", name: "set", args: { namespaceId: { $ref: "ns.namespaceId" }, ...args } };
}

/** A whole `pulumi up --skip-preview` of a set from a file, against the same program with an empty set. */
export async function up(options: Options): Promise<Result> {
  if (!hasPulumi) throw new Error("the case up needs the Pulumi CLI: put pulumi on PATH");
  const { entries, keys, valueBytes, runs } = options;
  const emulator = await EmulatorProcess.withLatency(latencyMs);
  const ours: number[] = [];
  const baseline: number[] = [];
  try {
    for (let run = 0; run < runs; run++) {
      baseline.push(await seconds(emulator, options, set({ values: {} })));
      ours.push(await seconds(emulator, options, set({ source: { $file: "seed.ndjson" } })));
    }
  } finally {
    await emulator.end();
  }
  const [our, base] = [median(ours), median(baseline)];
  return {
    case: "up",
    options: { entries, keys, valueBytes, runs, latencyMs },
    ours: { seconds: round(our) },
    baseline: { seconds: round(base) },
    ratio: round(our / base),
    ratioOf: "seconds",
    misses: missed("seconds more than with an empty set", our - base, secondsMore),
  };
}

async function seconds(emulator: EmulatorProcess, options: Options, declared: Declaration): Promise<number> {
  const world = await World.create("plugin", "real", { config: { "cloudflare-kv:baseUrl": emulator.url } });
  try {
    await writeNdjson(join(world.dir, "seed.ndjson"), options);
    world.declare(namespace, declared);
    const [took, { ok, text }] = await timed(() => world.engine.up(["--skip-preview"]));
    if (!ok) throw new Error(text);
    await world.engine.destroy();
    return took;
  } finally {
    await world.close();
  }
}
