import { equal } from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { startEmulator } from "../../provider/emulator/emulator";
import { type Engine, type EngineOptions, succeeded } from "./stack";
import { standIn } from "./stand-in";

const root = join(__dirname, "..", "..", "..");

const body = `
const ns = new kv.Namespace("ns", { title: "data" });
const a = new kv.KeyValue("a", { namespaceId: ns.namespaceId, key: "a", value: "one", expirationTtl: undefined });
kv.getKeysOutput({ namespaceId: ns.id }, { dependsOn: a });
`;

/** One program in each form that a Node.js program of Pulumi can have. */
const programs: Readonly<Record<string, { readonly main: string; readonly type: string; readonly text: string }>> = {
  "a CommonJS program": {
    main: "index.js",
    type: "commonjs",
    text: `const kv = require("pulumi-cloudflare-kv");${body}`,
  },
  "an ES module": {
    main: "index.js",
    type: "module",
    text: `import * as kv from "pulumi-cloudflare-kv";${body}export const id = ns.id;\n`,
  },
  "a TypeScript program": {
    main: "index.ts",
    type: "commonjs",
    text: `import * as kv from "pulumi-cloudflare-kv";${body}export const id: unknown = ns.id;\n`,
  },
};

const tsconfig = JSON.stringify({
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    target: "es2022",
    module: "nodenext",
    skipLibCheck: true,
  },
});

export const programNames = Object.keys(programs);

/** Brings the program up and down again, below a folder in which the package is installed; throws what went wrong. */
export async function playProgram(name: string, installed: string): Promise<void> {
  const program = programs[name];
  if (!program) throw new Error(`there is no program ${name}`);
  const dir = join(installed, name.replaceAll(" ", "-"));
  mkdirSync(dir);
  writeFileSync(join(dir, "Pulumi.yaml"), "name: project\nruntime: nodejs\n");
  writeFileSync(join(dir, "package.json"), JSON.stringify({ private: true, type: program.type, main: program.main }));
  writeFileSync(join(dir, program.main), program.text);
  if (program.main.endsWith(".ts")) writeFileSync(join(dir, "tsconfig.json"), tsconfig);
  await play(dir, "project", ["a"], standIn);
}

/** Does the same with an example as it stands. */
export async function playExample(
  name: string,
  installed: string,
  engine: (options: EngineOptions) => Engine | Promise<Engine>,
): Promise<void> {
  const dir = join(installed, `example-${name}`);
  cpSync(join(root, "examples", name), dir, { recursive: true });
  // Where a program looks for what it has installed; an example has it in its own folder.
  symlinkSync(join(installed, "node_modules"), join(dir, "node_modules"));
  takePluginOfNpm(join(dir, "Pulumi.yaml"));
  await play(dir, `cloudflare-kv-${name}`, keysOf(dir, name), engine);
}

/** In place of what a project takes from a release, unless it says itself where the plugin is. */
export function takePluginOfNpm(projectFile: string): void {
  const text = readFileSync(projectFile, "utf8").replace(/^packages:\n {2}cloudflare-kv:\n( {4}.*\n)+/m, "");
  const plugin = "{ name: cloudflare-kv, path: node_modules/pulumi-cloudflare-kv }";
  const isSaid = /^plugins:/m.test(text);
  writeFileSync(projectFile, isSaid ? text : `plugins: { providers: [${plugin}] }\n${text}`);
}

/** Those that the example declares: where it has files of many, theirs. */
function keysOf(dir: string, name: string): string[] {
  if (name === "worker") return ["flags", "page:/about", "page:/summer", "redirect:/impressum", "redirect:/sale"];
  if (name !== "seeding") return ["assets/logo.svg", "banner", "payment/key", "session/salt"];
  const lines = readFileSync(join(dir, "redirects.ndjson"), "utf8").trimEnd().split("\n");
  const files = readdirSync(join(dir, "assets"), { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  const assets = files.map((file) => relative(dir, join(file.parentPath, file.name)));
  const redirects = lines.map((line) => `redirect:${JSON.parse(line).key}`);
  return [...redirects, ...assets, "site:currency", "site:maintenance", "site:name"].sort();
}

async function play(
  dir: string,
  project: string,
  keys: string[],
  start: (options: EngineOptions) => Engine | Promise<Engine>,
): Promise<void> {
  const emulator = await startEmulator();
  try {
    const config = {
      "cloudflare-kv:accountId": "0123456789abcdef0123456789abcdef",
      "cloudflare-kv:apiToken": "token",
      "cloudflare-kv:baseUrl": emulator.url,
    };
    const engine = await start({ dir, project, config, secretConfig: ["cloudflare-kv:apiToken"], env: {} });
    succeeded(await engine.up());
    equal(emulator.keys(emulator.namespaces()[0]?.id ?? "").join(), keys.join());
    equal(succeeded(await engine.preview()).steps.length, 0);
    succeeded(await engine.destroy());
    equal(emulator.namespaces().length, 0);
  } finally {
    await emulator.close();
  }
}
