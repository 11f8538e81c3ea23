import { execFileSync } from "node:child_process";
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { takePluginOfNpm } from "../../tools/stack/installed-program";
import { real } from "../../tools/stack/real";
import { type Engine, succeeded } from "../../tools/stack/stack";

export const root = join(__dirname, "..", "..", "..");
export const accountId = "0123456789abcdef0123456789abcdef";

/** A copy of an example as a stack of the real engine, with an emulator of its own. */
export interface Project {
  readonly dir: string;
  readonly emulator: Emulator;
  readonly engine: Engine;
}

/** Nothing of the project is on PATH for it: the plugin is where its Pulumi.yaml says. */
export async function openExample(name: string, prepare: (dir: string) => void, env = {}): Promise<Project> {
  const dir = mkdtempSync(join(tmpdir(), `cloudflare-kv-${name}-`));
  cpSync(join(root, "examples", name), dir, { recursive: true });
  prepare(dir);
  return openProject(dir, name, env);
}

/** What a colleague has of it: the files that are committed, and a stack of their own. */
export async function cloneProject({ dir }: Project, name: string, env = {}): Promise<Project> {
  const clone = mkdtempSync(join(tmpdir(), `cloudflare-kv-${name}-`));
  const made = ["backend", "home", "venv", "node_modules", "bin", "events.log", "Pulumi.dev.yaml"];
  const isCommitted = (path: string) => !made.includes(relative(dir, path).split(sep).at(0) ?? "");
  cpSync(dir, clone, { recursive: true, filter: isCommitted });
  return openProject(clone, name, env);
}

async function openProject(dir: string, name: string, env: Readonly<Record<string, string>>): Promise<Project> {
  const emulator = await startEmulator();
  const engine = await real({
    dir,
    project: `cloudflare-kv-${name}`,
    config: {
      "cloudflare-kv:accountId": accountId,
      "cloudflare-kv:apiToken": "token",
      "cloudflare-kv:baseUrl": emulator.url,
    },
    secretConfig: ["cloudflare-kv:apiToken"],
    env: { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0", PULUMI_IGNORE_AMBIENT_PLUGINS: "true", ...env },
  });
  return { dir, emulator, engine };
}

export async function closeProject({ dir, emulator }: Project): Promise<void> {
  await emulator.close();
  rmSync(dir, { recursive: true, force: true });
}

/** Brings it up, finds nothing more to do, and destroys it. */
export async function playThrough({ engine, emulator }: Project): Promise<void> {
  succeeded(await engine.up());
  const keys = emulator.keys(emulator.namespaces()[0]?.id ?? "");
  expect(keys).toEqual(["assets/logo.svg", "banner", "payment/key", "session/salt"]);
  expect(succeeded(await engine.preview()).steps).toEqual([]);
  succeeded(await engine.destroy());
  expect(emulator.namespaces()).toEqual([]);
}

/** What `npm install pulumi-cloudflare-kv` would put there, and the line that leads to it. */
export function installPackage(dir: string): void {
  takePluginOfNpm(join(dir, "Pulumi.yaml"));
  mkdirSync(join(dir, "node_modules"), { recursive: true });
  symlinkSync(root, join(dir, "node_modules", "pulumi-cloudflare-kv"));
}

/** The schema in an installed package, which an SDK is made from in a moment. */
export const installedSchema = "./node_modules/pulumi-cloudflare-kv/provider/schema.json";

/**
 * A folder with what the package has, built and with what it depends on: in it, npm has nothing to fetch. Of what the
 * development needs there is TypeScript alone, for the host reads a program's tsconfig.json even for a plugin.
 */
export function copyPackage(): string {
  const copy = mkdtempSync(join(tmpdir(), "cloudflare-kv-folder-"));
  const description = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { typescript } = description.devDependencies;
  writeFileSync(join(copy, "package.json"), JSON.stringify({ ...description, devDependencies: { typescript } }));
  const files: string[] = description.files;
  const isLeftOut = (file: string) => file.startsWith("!");
  for (const name of [...files.filter((file) => !isLeftOut(file)), ...dependencies(), "node_modules/typescript"]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  const leftOut = files.filter(isLeftOut).map((file) => file.slice(1));
  for (const name of globSync(leftOut, { cwd: copy })) rmSync(join(copy, name), { recursive: true, force: true });
  return copy;
}

/** The folders of all packages that are needed to run, below the root. */
function dependencies(): string[] {
  const real = realpathSync(join(root, "node_modules"));
  const options = { cwd: dirname(real), encoding: "utf8" } as const;
  const [, ...paths] = execFileSync("npm", ["ls", "--all", "--omit=dev", "--parseable"], options).trim().split("\n");
  return paths.map((path) => join("node_modules", relative(real, path)));
}

/** Where nothing was added yet. */
export function withoutPackages(dir: string): void {
  edit(join(dir, "Pulumi.yaml"), (text) => text.replace(/^packages:\n( .*\n)+/m, ""));
}

/** The same program, for the plugin's SDK instead of the npm package. */
export function withGeneratedSdk(dir: string): void {
  edit(join(dir, "index.ts"), (text) =>
    text.replace('"pulumi-cloudflare-kv"', '"@pulumi-cloudflare-kv/cloudflare-kv"'),
  );
  edit(join(dir, "package.json"), (text) => text.replace(/,\n *"pulumi-cloudflare-kv": .*/, ""));
}

export function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

/** A command of the CLI that has to do with no stack. */
export function pulumi(dir: string, ...args: string[]): string {
  const env = { ...process.env, PULUMI_HOME: join(dir, "home"), PULUMI_SKIP_UPDATE_CHECK: "true" };
  return execFileSync("pulumi", args, { cwd: dir, env, encoding: "utf8" });
}
