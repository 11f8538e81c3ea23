import { equal } from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { startEmulator } from "../../provider/emulator/emulator";
import { WranglerStore } from "../../provider/emulator/wrangler/wrangler-store";
import { bindingKv, type KvBinding } from "./binding-kv";
import { differencesPage, knownDifferences } from "./differences";
import { type Implementation, type Outcome, randomOperations } from "./operation";
import type { Report } from "./report";
import { restKv } from "./rest-kv";

const operationCount = 3000;
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
        equal(differencesPage().includes(`## ${name}\n`), true, "differences.md has no section of this name");
      });
    }
  } finally {
    await simulator.dispose();
    await emulator.close();
  }
  await witnessFolder(folder, report);
}

interface Simulator {
  getKVNamespace(binding: string): Promise<KvBinding>;
  dispose(): Promise<void>;
}

/** The options are spelt as miniflare 4 had them, and as wrangler does still. */
function startSimulator(folder: string, options: object = {}): Simulator {
  const { Miniflare, convertV4MiniflareOptions } = createRequire(join(folder, "package.json"))("miniflare");
  const script = "export default { fetch: () => new Response() }";
  const binding = { modules: true, script, kvNamespaces: { KV: "witness" } };
  return new Miniflare({ ...convertV4MiniflareOptions(binding), ...options }) as Simulator;
}

const account = "0".repeat(32);

async function namespaceUrl(base: string): Promise<string> {
  const url = `${base}/accounts/${account}/storage/kv/namespaces`;
  const headers = { authorization: "Bearer witness" };
  const response = await fetch(url, { method: "POST", body: '{"title":"witness"}', headers });
  const { result } = (await response.json()) as { result: { id: string } };
  return `${url}/${result.id}`;
}

/**
 * The same on one folder: each write is done by one of the two, in turns, and what both then read must be the same, as far
 * as they do not differ anyway.
 */
async function witnessFolder(folder: string, report: Report): Promise<void> {
  const root = join(folder, "differential");
  const store = new WranglerStore({ root, declared: [{ title: "KV", localId: "witness" }] });
  const emulator = await startEmulator({ store });
  const simulator = startSimulator(folder, { resourcePersistencePath: root });
  try {
    const [{ id } = { id: "" }] = emulator.namespaces();
    const ours = restKv(`${emulator.url}/accounts/${account}/storage/kv/namespaces/${id}`, "witness");
    const theirs = bindingKv(await simulator.getKVNamespace("KV"));
    await report.step(`miniflare: ${operationCount} random operations on one folder (seed ${seed})`, async () => {
      await compareReads(ours, theirs);
    });
  } finally {
    await simulator.dispose();
    await emulator.close();
  }
}

async function compareReads(ours: Implementation, theirs: Implementation): Promise<void> {
  const unknown: string[] = [];
  for (const [index, operation] of randomOperations(operationCount, seed).entries()) {
    if (operation.type === "put" || operation.type === "delete") {
      await (index % 2 === 0 ? ours : theirs)(operation);
      continue;
    }
    const [our, their] = [await ours(operation), await theirs(operation)];
    const isKnown = knownDifferences.some((known) => known.explains(operation, our, their));
    if (!isKnown && !isDeepStrictEqual(our, their)) {
      unknown.push(`${show(operation)}\nemulator:  ${show(our)}\nminiflare: ${show(their)}`);
    }
  }
  equal(unknown.length, 0, `${unknown.length} unexplained differences:\n${unknown.slice(0, 10).join("\n")}`);
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
