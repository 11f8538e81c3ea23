import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { hasPulumi, real } from "../stack/real";
import type { Engine, EngineOptions, Operation } from "../stack/stack";
import { standIn } from "../stack/stand-in";

/** The main job on this machine: the example's life against the emulator, a line for each step. */
const root = join(__dirname, "..", "..", "..");
const accountId = "0123456789abcdef0123456789abcdef";

demo().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

async function demo(): Promise<void> {
  const emulator = await startEmulator();
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-demo-"));
  try {
    await play(emulator, await engineFor(emulator, dir));
    console.log("demo: ok");
  } finally {
    await emulator.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function play(emulator: Emulator, engine: Engine): Promise<void> {
  const show = (step: string, expected: Partial<Figures>, run: () => Promise<Operation>) =>
    measured(emulator, step, expected, run);

  await show("preview", { requests: 0, keys: 0 }, () => engine.preview());
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
): Promise<void> {
  emulator.clearLog();
  const { ok, text, printed } = await run();
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
}

/** Somebody else changes a value behind Pulumi's back. */
async function drift(emulator: Emulator): Promise<void> {
  const namespaceId = emulator.namespaces()[0]?.id;
  const path = `/accounts/${accountId}/storage/kv/namespaces/${namespaceId}/values/banner`;
  await fetch(emulator.url + path, { method: "PUT", headers: { authorization: "Bearer other" }, body: "drifted" });
}

async function engineFor(emulator: Emulator, dir: string): Promise<Engine> {
  cpSync(join(root, "examples", "typescript"), dir, { recursive: true });
  linkPackages(dir);
  const options: EngineOptions = {
    dir,
    project: "cloudflare-kv-typescript",
    config: {
      "cloudflare-kv:accountId": accountId,
      "cloudflare-kv:apiToken": "demo",
      "cloudflare-kv:baseUrl": emulator.url,
    },
    secretConfig: ["cloudflare-kv:apiToken"],
    // The emulator never answers with what it was, so a refresh need not wait.
    env: { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0" },
  };
  console.log(`demo: engine: ${hasPulumi ? "the Pulumi CLI" : "the stand-in (pulumi is not on PATH)"}`);
  return hasPulumi ? real(options) : standIn(options);
}

/** What `npm install` would put there. */
function linkPackages(dir: string): void {
  mkdirSync(join(dir, "node_modules"));
  for (const name of ["@pulumi", "@types", "typescript"]) {
    symlinkSync(join(root, "node_modules", name), join(dir, "node_modules", name));
  }
  symlinkSync(root, join(dir, "node_modules", "pulumi-cloudflare-kv"));
}
