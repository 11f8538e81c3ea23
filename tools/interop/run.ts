import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { witnessCloudflare } from "./cloudflare";
import { install } from "./command";
import { witnessLocalStore } from "./local-store";
import { witnessMiniflare } from "./miniflare";
import { witnessPnpm } from "./pnpm";
import { Report } from "./report";
import { witnessWorkerExample } from "./worker-example";
import { witnessWrangler } from "./wrangler";

/** Outside programs that must work with this project unchanged, installed for this run only, outside the project. */
const witnesses: Record<string, Witness[]> = {
  "wrangler@4": [witnessWrangler, witnessMiniflare, witnessLocalStore, witnessWorkerExample],
  "cloudflare@7": [witnessCloudflare],
  "pnpm@12": [witnessPnpm],
};

type Witness = (folder: string, report: Report) => Promise<void>;

/** A registry that does not answer must not hold up the others. */
const installMs = 600_000;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "cloudflare-kv-witnesses-"));
  const report = new Report();
  try {
    writeFileSync(join(folder, "package.json"), '{"private":true}');
    for (const name of Object.keys(witnesses)) await call(name, folder, report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.exitCode = report.close() ? 0 : 1;
}

async function call(name: string, folder: string, report: Report): Promise<void> {
  console.log(`      installing ${name} outside the project, for at most ${installMs / 60_000} minutes`);
  try {
    await install(name, folder, installMs);
  } catch (error) {
    report.skip(name, `could not be installed: ${error instanceof Error ? error.message : error}`);
    return;
  }
  console.log(`      ${name} is ${versionOf(name, folder)}`);
  for (const witness of witnesses[name] ?? []) {
    await witness(folder, report).catch((error: unknown) => report.fail(`${name}: ${witness.name}`, error));
  }
}

function versionOf(name: string, folder: string): string {
  const [packageName] = name.split("@");
  return createRequire(join(folder, "package.json"))(`./node_modules/${packageName}/package.json`).version;
}

void main();
