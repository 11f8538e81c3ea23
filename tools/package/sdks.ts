import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { publication } from "../../provider/codegen/publication";
import { version } from "../../provider/version";
import { npm } from "./npm";
import { pomOf } from "./pom";
import { root } from "./root";
import { run } from "./run";

/** Below the root, so that a package of Node.js finds what it depends on there. */
const folder = join(root, "build", "sdks");
/** What a registry takes; but for Go, whose registry is the repository. */
const packages = join(folder, "packages");

/** Pulumi's own SDK for Go, the oldest that is tested: a program may have a newer one. */
const goSdkVersion = "v3.256.0";

interface Sdk {
  /** What has to be on PATH. */
  readonly programs: readonly string[];
  /** Makes the package, and answers where it is. */
  make(): string;
}

const sdks: Readonly<Record<string, Sdk>> = {
  classes: { programs: [], make: makeClasses },
  nodejs: { programs: ["pulumi", "pulumi-language-nodejs"], make: makeNodejs },
  python: { programs: ["pulumi", "pulumi-language-python", "python3"], make: makePython },
  go: { programs: ["pulumi", "pulumi-language-go", "go"], make: makeGo },
  java: { programs: ["pulumi", "pulumi-language-java", "mvn"], make: makeJava },
  dotnet: { programs: ["pulumi", "pulumi-language-dotnet", "dotnet"], make: makeDotnet },
};

/** `npm run package:sdks`: the packages that registries take. */
try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function main(args: readonly string[]): void {
  const names = chosen(args);
  if (!names) {
    console.error(`usage: npm run package:sdks [-- ${Object.keys(sdks).join("|")} …]`);
    process.exitCode = 2;
    return;
  }
  mkdirSync(packages, { recursive: true });
  for (const name of names.length > 0 ? names : Object.keys(sdks)) {
    const { programs, make } = sdks[name] as Sdk;
    const missing = programs.filter((program) => !isOnPath(program));
    if (missing.length === 0) console.log(`${name}: ${make()}`);
    else console.error(`${name}: not made, for ${missing.join(", ")} is not on PATH`);
    // Who asks for one by its name needs it.
    if (missing.length > 0 && names.length > 0) process.exitCode = 1;
  }
}

/** Undefined where one is not known. */
function chosen(args: readonly string[]): string[] | undefined {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, strict: false });
  return positionals.length === args.length && positionals.every((name) => name in sdks) ? positionals : undefined;
}

function isOnPath(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}

/** The classes and the plugin for a Node.js on PATH: this repository's own package. */
function makeClasses(): string {
  return npmPack(root);
}

/** The plugin's SDK, compiled as its own configuration says. */
function makeNodejs(): string {
  const source = generated("nodejs");
  run(source, process.execPath, require.resolve("typescript/bin/tsc"), "-p", source);
  const { devDependencies: _, scripts: __, ...description } = readJson(join(source, "package.json"));
  writeJson(join(source, "bin", "package.json"), description);
  cpSync(join(source, "README.md"), join(source, "bin", "README.md"));
  cpSync(join(root, "LICENSE"), join(source, "bin", "LICENSE"));
  return npmPack(join(source, "bin"));
}

function npmPack(source: string): string {
  return join(packages, npm(packages, "pack", source, "--ignore-scripts", "--silent"));
}

/** A wheel and a source distribution. */
function makePython(): string {
  const source = generated("python");
  writeFileSync(join(source, "README.md"), publication.readme);
  cpSync(join(root, "LICENSE"), join(source, "LICENSE"));
  const environment = join(folder, "python-build");
  const python = join(environment, process.platform === "win32" ? "Scripts" : "bin", "python");
  run(folder, "python3", "-m", "venv", "--clear", environment);
  run(folder, python, "-m", "pip", "install", "--quiet", "build");
  run(folder, python, "-m", "build", "--outdir", packages, source);
  return packagesOf(/^pulumi_cloudflare_kv-.*\.(whl|tar\.gz)$/);
}

/** A module, which a tag of the repository publishes: Go has no other registry. */
function makeGo(): string {
  const source = join(generated("go"), "cloudflarekv");
  cpSync(join(root, "LICENSE"), join(source, "LICENSE"));
  const { packages: names } = publication;
  const go = (...args: string[]) => run(source, "go", ...args);
  go("mod", "init", names.go);
  go("mod", "edit", "-go=1.25", `-require=github.com/pulumi/pulumi/sdk/v3@${goSdkVersion}`);
  go("mod", "tidy");
  go("build", "./...");
  return source;
}

/** A jar with its sources and its documentation. */
function makeJava(): string {
  const source = generated("java");
  const utilities = readdirSync(source, { recursive: true, encoding: "utf8" }).find((name) =>
    name.endsWith("Utilities.java"),
  );
  const [, resource = ""] = /"([^"]+)\/version\.txt"/.exec(readFileSync(join(source, utilities ?? ""), "utf8")) ?? [];
  const resources = join(source, "src", "main", "resources", resource);
  mkdirSync(resources, { recursive: true });
  writeFileSync(join(resources, "version.txt"), version);
  const { pluginDownloadURL: server } = publication;
  writeJson(join(resources, "plugin.json"), { resource: true, name: "cloudflare-kv", version, server });
  writeFileSync(join(source, "pom.xml"), pomOf(schema().language.java.dependencies));
  run(source, "mvn", "--batch-mode", "--quiet", "package");
  for (const name of readdirSync(join(source, "target")).filter((file) => file.endsWith(".jar"))) {
    cpSync(join(source, "target", name), join(packages, name));
  }
  return packagesOf(/^cloudflare-kv-.*\.jar$/);
}

function makeDotnet(): string {
  const source = generated("dotnet");
  run(source, "dotnet", "pack", "--configuration", "Release", "--output", packages);
  return packagesOf(/\.nupkg$/);
}

/** The folder of an SDK as Pulumi makes it of the schema. */
function generated(language: string): string {
  rmSync(join(folder, language), { recursive: true, force: true });
  const args = ["package", "gen-sdk", join(root, "provider", "schema.json"), "--language", language, "--out", folder];
  run(root, "pulumi", ...args);
  return join(folder, language);
}

function packagesOf(names: RegExp): string {
  const found = readdirSync(packages).filter((name) => names.test(name));
  return found.map((name) => join(packages, name)).join(", ");
}

function schema(): {
  readonly language: { readonly java: { readonly dependencies: Readonly<Record<string, string>> } };
} {
  return JSON.parse(readFileSync(join(root, "provider", "schema.json"), "utf8"));
}

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, "utf8"));
}

function writeJson(file: string, content: object): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}
