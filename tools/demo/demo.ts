import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { copyExample, engineOfExample } from "../stack/example";
import { hasPulumi } from "../stack/real";
import type { Engine, Operation } from "../stack/stack";

/** The main job on this machine: two examples against the emulator, a line for each step, and the plans that a user sees. */
const accountId = "0123456789abcdef0123456789abcdef";

const aboutRequests = [
  "Keys that the engine handles at the same moment share a request: up and destroy need more or fewer in each run.",
  'The set of a folder has prune: "unlisted": each preview and up of the three looks into the store with one request.',
];

demo().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

async function demo(): Promise<void> {
  const emulator = await startEmulator();
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-demo-"));
  try {
    console.log(`demo: engine: ${hasPulumi ? "the Pulumi CLI" : "the stand-in (pulumi is not on PATH)"}`);
    await playKeys(emulator, await openExample("typescript", emulator, dir));
    await playSets(emulator, await openExample("seeding", emulator, dir), join(dir, "seeding", "redirects.ndjson"));
    for (const line of aboutRequests) console.log(`demo: ${line}`);
    console.log("demo: ok");
  } finally {
    await emulator.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A resource for each key. */
async function playKeys(emulator: Emulator, engine: Engine): Promise<void> {
  const show = (step: string, expected: Partial<Figures>, run: () => Promise<Operation>) =>
    measured(emulator, step, expected, run);

  showPlan(await show("preview", { requests: 0, keys: 0 }, () => engine.preview()));
  await show("up", { writes: 4, deletes: 0, keys: 4 }, () => engine.up());
  await show("up again", { requests: 0, keys: 4 }, () => engine.up());
  await engine.setConfig("cloudflare-kv-typescript:banner", "Winter sale");
  await show("change of a value", { requests: 1, writes: 1, keys: 4 }, () => engine.up());
  await engine.setConfig("cloudflare-kv-typescript:saltTtl", "7200");
  await show("change of a TTL", { requests: 1, writes: 1, deletes: 0, keys: 4 }, () => engine.up());
  await drift(emulator);
  await show("refresh after drift", { writes: 0, deletes: 0, keys: 4 }, () => engine.refresh());
  await show("up after drift", { requests: 1, writes: 1, keys: 4 }, () => engine.up());
  await show("destroy", { writes: 0, deletes: 4, keys: 0 }, () => engine.destroy());
  if (emulator.namespaces().length > 0) throw new Error("demo: the namespace was not deleted");
}

/** A file of 3,000 redirects, a folder and a few keys of the program, each as one resource. */
async function playSets(emulator: Emulator, engine: Engine, file: string): Promise<void> {
  const show = (step: string, expected: Partial<Figures>, run: () => Promise<Operation>) =>
    measured(emulator, step, expected, run);

  await show("up of three sets", { writes: 3010, deletes: 0, keys: 3010 }, () => engine.up());
  changeLines(file);
  showPlan(await show("preview of a changed file", { writes: 0, keys: 3010 }, () => engine.preview()));
  await show("up of a changed file", { writes: 2, deletes: 1, keys: 3010 }, () => engine.up());
  await show("destroy of three sets", { writes: 0, deletes: 3010, keys: 0 }, () => engine.destroy());
}

/** One entry more, one less, and another value. */
function changeLines(file: string): void {
  const [first, removed, changed = "", ...others] = readFileSync(file, "utf8").trimEnd().split("\n");
  const added = JSON.stringify({ key: "/spring", value: "/sale" });
  const other = JSON.stringify({ ...JSON.parse(changed), value: "/sale" });
  if (removed) writeFileSync(file, [first, other, ...others, added, ""].join("\n"));
}

/** As the CLI prints it; the stand-in engine prints none, but has the same steps and the same words of the provider. */
function showPlan({ printed, steps, said }: Operation): void {
  const lines = (hasPulumi ? [printed] : [...steps, ...said]).flatMap((text) => text.split("\n"));
  for (const line of lines.filter(isOfPlan)) console.log(`  | ${line.trimEnd()}`);
}

/** Not a blank line, nor what the CLI prints while it waits, and prints again with what comes of it. */
function isOfPlan(line: string): boolean {
  return line.trim() !== "" && !line.startsWith("@ ") && !line.startsWith("    pulumi");
}

interface Figures {
  readonly requests: number;
  readonly writes: number;
  readonly deletes: number;
  readonly keys: number;
}

async function measured(
  emulator: Emulator,
  step: string,
  expected: Partial<Figures>,
  run: () => Promise<Operation>,
): Promise<Operation> {
  emulator.clearLog();
  const operation = await run();
  const { ok, text, printed } = operation;
  const { log } = emulator;
  const figures: Figures = {
    requests: log.length,
    writes: log.reduce((sum, { writes }) => sum + writes, 0),
    deletes: log.reduce((sum, { deletes }) => sum + deletes, 0),
    keys: emulator.namespaces().reduce((sum, { id }) => sum + emulator.keys(id).length, 0),
  };
  const line = Object.entries(figures).map(([name, figure]) => `${name}=${figure}`);
  console.log(`demo: ${step}: ${line.join(" ")}`);
  if (!ok) throw new Error(`demo: ${step} failed\n${text}\n${printed}`);
  for (const [name, figure] of Object.entries(expected)) {
    if (figures[name as keyof Figures] !== figure) throw new Error(`demo: ${step}: expected ${name}=${figure}`);
  }
  return operation;
}

/** Somebody else changes a value behind Pulumi's back. */
async function drift(emulator: Emulator): Promise<void> {
  const namespaceId = emulator.namespaces()[0]?.id;
  const path = `/accounts/${accountId}/storage/kv/namespaces/${namespaceId}/values/banner`;
  await fetch(emulator.url + path, { method: "PUT", headers: { authorization: "Bearer other" }, body: "drifted" });
}

/** A copy of the example as a stack of its own. */
function openExample(name: string, { url }: Emulator, parent: string): Engine | Promise<Engine> {
  return engineOfExample(name, copyExample(name, parent), url);
}
