import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { playProgram, programNames } from "../stack/installed-program";
import { output } from "./command";
import type { Report } from "./report";

const root = join(__dirname, "..", "..", "..");

/** The packed package as pnpm installs it: strictly, so that each package sees only what it names. */
export async function witnessPnpm(folder: string, report: Report): Promise<void> {
  const project = join(folder, "pnpm-project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{"private":true}');
  const packed = await output("npm", ["pack", root, "--ignore-scripts", "--silent"], { cwd: project });
  const pnpm = join(folder, "node_modules", ".bin", "pnpm");
  const env = { npm_config_store_dir: join(folder, "pnpm-store") };
  const packages = [`./${packed.toString("utf8").trim()}`, "@pulumi/pulumi@3", "typescript@6"];
  await output(pnpm, ["add", "--ignore-scripts", ...packages], { cwd: project, env });
  for (const name of programNames) await report.step(`pnpm ${name}`, () => playProgram(name, project));
}
