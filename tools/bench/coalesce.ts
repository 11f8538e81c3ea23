import { EmulatorProcess } from "../emulator-process";
import type { Properties } from "../engine/property";
import { hasPulumi } from "../stack/real";
import type { Declaration } from "../stack/stack";
import { World } from "../stack/world";
import { median, missed, type Result, round } from "./figures";
import type { Options } from "./options";
import { ProviderProcess, timed, urnOf } from "./provider-process";

const defaultLatencyMs = 50;
/**
 * Where the engine handles many at once, and where it handles as many as it does by default on a small machine. The
 * Pulumi CLI asks for one after the other, some milliseconds apart: what counts is that the budget lasts.
 */
const bars = {
  "stand-in": [
    { parallel: 100, requests: 40 },
    { parallel: 16, requests: 150 },
  ],
  real: [{ parallel: 16, requests: 400 }],
};

const operations = ["create", "refresh", "delete"] as const;
type Operation = (typeof operations)[number];

type Run = {
  readonly requests: Readonly<Record<Operation, number>>;
  readonly seconds: number;
};

/**
 * Resources of one key each, as many at once as the engine handles, against the same with a request for each. The Pulumi
 * CLI is asked once, and a request for each is then counted, not sent: it takes the CLI itself minutes to keep their state.
 */
export async function coalesce(options: Options): Promise<Result> {
  const { resources, parallel, engine, door, latencyMs = defaultLatencyMs } = options;
  const runs = engine === "real" ? 1 : options.runs;
  if (engine === "real" && !hasPulumi) throw new Error("--engine real needs the Pulumi CLI: put pulumi on PATH");
  const lives = engine === "real" ? livesInPulumi : livesInPlugin;
  const emulator = await EmulatorProcess.withLatency(latencyMs);
  const ours: Run[] = [];
  const baseline: Run[] = [];
  try {
    for (let run = 0; run < runs; run++) {
      baseline.push(engine === "real" ? oneByOne(resources) : await lives(emulator, options, "false"));
      ours.push(await lives(emulator, options, "true"));
    }
  } finally {
    await emulator.end();
  }
  const [our, base] = [figures(ours), figures(baseline)];
  const bar = bars[engine].find((each) => parallel >= each.parallel)?.requests ?? resources;
  const way = engine === "real" ? { engine, door } : {};
  return {
    case: "coalesce",
    options: { resources, parallel, runs, latencyMs, ...way },
    ours: our,
    baseline: base,
    ...(engine === "real"
      ? { ratio: round(our.requests.create / base.requests.create), ratioOf: "requests of create" }
      : { ratio: round(our.seconds / base.seconds), ratioOf: "seconds" }),
    misses: operations.flatMap((name) => missed(`requests of ${name}`, our.requests[name], bar)),
  };
}

function oneByOne(resources: number): Run {
  return { requests: { create: resources, refresh: resources, delete: resources }, seconds: 0 };
}

function figures(runs: readonly Run[]): Run {
  const requests = operations.map((name) => [name, median(runs.map((run) => run.requests[name]))]);
  return { requests: Object.fromEntries(requests), seconds: round(median(runs.map(({ seconds }) => seconds))) };
}

/** Creates, refreshes and deletes all of them, as the Pulumi CLI does. */
async function livesInPulumi(emulator: EmulatorProcess, options: Options, coalescing: string): Promise<Run> {
  const { door, resources, parallel, valueBytes } = options;
  const { id: namespaceId } = await emulator.createNamespace(coalescing);
  const env = { CLOUDFLARE_KV_COALESCING: coalescing };
  const config = { "cloudflare-kv:baseUrl": emulator.url };
  const world = await World.create(door, "real", { env, config });
  const value = "x".repeat(valueBytes);
  const keys = Array.from({ length: resources }, (_, index) => `key-${index}`);
  world.declare(
    ...keys.map((key): Declaration => ({ type: "KeyValue", name: key, args: { namespaceId, key, value } })),
  );
  const counted = async (operation: "up" | "refresh" | "destroy") => {
    await emulator.takeLog();
    const { ok, text } = await world.engine[operation](["--parallel", String(parallel)]);
    if (!ok) throw new Error(text);
    return (await emulator.takeLog()).length;
  };
  try {
    const [seconds, requests] = await timed(async () => ({
      create: await counted("up"),
      refresh: await counted("refresh"),
      delete: await counted("destroy"),
    }));
    return { seconds, requests };
  } finally {
    await world.close();
    await emulator.deleteNamespace(namespaceId);
  }
}

/** The same, by a stand-in that has no state to save. */
async function livesInPlugin(emulator: EmulatorProcess, options: Options, coalescing: string): Promise<Run> {
  const { id: namespaceId } = await emulator.createNamespace(coalescing);
  const env = { CLOUDFLARE_KV_COALESCING: coalescing, CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0" };
  const provider = await ProviderProcess.start(emulator.url, env);
  try {
    const [seconds, requests] = await timed(() => requestsOf(provider, emulator, namespaceId, options));
    return { seconds, requests };
  } finally {
    await provider.end();
    await emulator.deleteNamespace(namespaceId);
  }
}

async function requestsOf(
  provider: ProviderProcess,
  emulator: EmulatorProcess,
  namespace: string,
  { resources, parallel, valueBytes }: Options,
): Promise<Run["requests"]> {
  const [accountId = "", namespaceId = ""] = namespace.split("/");
  const value = "x".repeat(valueBytes);
  const keys = Array.from({ length: resources }, (_, index) => `key-${index}`);
  const states = new Map<string, { id: string; outs: Properties }>();
  const counted = async (act: (key: string) => Promise<unknown>) => {
    await provider.cancel();
    await emulator.takeLog();
    await atOnce(parallel, keys, act);
    return (await emulator.takeLog()).length;
  };
  const stateOf = (key: string) => states.get(key) ?? { id: "", outs: {} };
  return {
    create: await counted(async (key) => {
      const { answer } = await provider.create({ accountId, namespaceId, key, value }, urnOf("KeyValue", key));
      states.set(key, answer);
    }),
    refresh: await counted((key) => provider.read(stateOf(key).id, stateOf(key).outs, urnOf("KeyValue", key))),
    delete: await counted((key) => provider.delete(stateOf(key).id, stateOf(key).outs, urnOf("KeyValue", key))),
  };
}

/** As the engine does: when one is answered, the next is asked for. */
async function atOnce<T>(parallel: number, items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await act(item);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}
