import { equal } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { startEmulator } from "../../provider/emulator/emulator";
import { bindingKv, type KvBinding } from "./binding-kv";
import { knownDifferences } from "./differences";
import { type Implementation, type Outcome, randomOperations } from "./operation";
import type { Report } from "./report";
import { restKv } from "./rest-kv";

const operationCount = 2000;
const seed = 20_261_121;

/** The same random operations on the vendor's simulator and on the emulator, compared one by one. */
export async function witnessMiniflare(folder: string, report: Report): Promise<void> {
  const emulator = await startEmulator();
  const simulator = startSimulator(folder);
  try {
    const theirs = bindingKv(await simulator.getKVNamespace("KV"));
    const ours = restKv(await namespaceUrl(emulator.url), "witness");
    const found = await compare(ours, theirs, report);
    for (const { name } of knownDifferences) {
      await report.step(`miniflare: "${name}" is a difference still, and explained`, () => {
        equal(found.has(name), true, "it was not met");
        equal(explained().includes(`## ${name}\n`), true, "differences.md has no section of this name");
      });
    }
  } finally {
    await simulator.dispose();
    await emulator.close();
  }
}

interface Simulator {
  getKVNamespace(binding: string): Promise<KvBinding>;
  dispose(): Promise<void>;
}

function startSimulator(folder: string): Simulator {
  const { Miniflare } = createRequire(join(folder, "package.json"))("miniflare");
  const script = "export default { fetch: () => new Response() }";
  return new Miniflare({ modules: true, script, kvNamespaces: { KV: "witness" } }) as Simulator;
}

async function namespaceUrl(base: string): Promise<string> {
  const url = `${base}/accounts/${"0".repeat(32)}/storage/kv/namespaces`;
  const headers = { authorization: "Bearer witness" };
  const response = await fetch(url, { method: "POST", body: '{"title":"witness"}', headers });
  const { result } = (await response.json()) as { result: { id: string } };
  return `${url}/${result.id}`;
}

/** The names of the known differences that were met, and how often. */
async function compare(ours: Implementation, theirs: Implementation, report: Report): Promise<Map<string, number>> {
  const met = new Map<string, number>();
  const unknown: string[] = [];
  await report.step(`miniflare: ${operationCount} random operations (seed ${seed}) give the same results`, async () => {
    for (const operation of randomOperations(operationCount, seed)) {
      const [our, their] = [await ours(operation), await theirs(operation)];
      if (isSame(our, their)) continue;
      const name = knownDifferences.find((known) => known.explains(operation, our, their))?.name;
      if (name === undefined) unknown.push(`${show(operation)}\nemulator:  ${show(our)}\nminiflare: ${show(their)}`);
      else met.set(name, (met.get(name) ?? 0) + 1);
    }
    equal(unknown.length, 0, `${unknown.length} unexplained differences:\n${unknown.slice(0, 10).join("\n")}`);
  });
  for (const [name, count] of met) console.log(`      ${count} times: ${name}`);
  return met;
}

/** Expirations by a time to live may be a second apart, since the two were not asked at the same moment. */
function isSame(our: Outcome, their: Outcome): boolean {
  const expirations: number[][] = [[], []];
  const [one, other] = [our, their].map((outcome, side) =>
    JSON.parse(JSON.stringify(outcome), (name, value) => {
      if (name !== "expiration") return value;
      expirations[side]?.push(value);
      return "some";
    }),
  );
  const [ourTimes = [], theirTimes = []] = expirations;
  return (
    isDeepStrictEqual(one, other) && ourTimes.every((time, index) => Math.abs(time - (theirTimes[index] ?? 0)) <= 2)
  );
}

function show(content: unknown): string {
  return JSON.stringify(content).slice(0, 1000);
}

/** The compiled runner lies under `dist/`, the page beside its source. */
function explained(): string {
  return readFileSync(join(__dirname, "../../../tools/interop/differences.md"), "utf8");
}
