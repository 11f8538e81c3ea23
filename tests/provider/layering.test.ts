import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { preProcessFile } from "typescript";

const root = join(__dirname, "..", "..", "..");

/**
 * The floors, from the ground: what each may import beside itself and Node's own modules. Types count, for a reader
 * follows them, too. A name without an end is a folder of ours, or a package.
 */
const floors: Readonly<Record<string, readonly string[]>> = {
  "provider/version.ts": [],
  "provider/node-version.ts": [],
  "provider/require-node.ts": ["provider/node-version.ts"],
  "provider/emulator": ["jsonc-parser", "smol-toml"],
  "provider/kv": ["undici", "zod"],
  "provider/pulumi": ["zod", "@pulumi/pulumi"],
  "provider/session": ["provider/kv", "provider/pulumi", "provider/version.ts", "zod"],
  "provider/resources": [
    "provider/session",
    "provider/kv",
    "provider/pulumi",
    "provider/version.ts",
    "csv-parse",
    "mrmime",
    "picomatch",
    "zod",
  ],
  "provider/functions": ["provider/resources", "provider/session", "provider/kv", "provider/pulumi", "zod"],
  "provider/core.ts": ["provider/session", "provider/pulumi"],
  "provider/index.ts": [
    ...["provider/core.ts", "provider/functions", "provider/resources", "provider/session", "provider/kv"],
    "provider/pulumi",
  ],
  "provider/entries": [
    ...["provider/index.ts", "provider/core.ts", "provider/session/config.ts", "provider/kv/byte-budget.ts"],
    ...["provider/pulumi", "provider/version.ts", "provider/require-node.ts", "@pulumi/pulumi"],
    ...["@grpc/grpc-js", "google-protobuf"],
  ],
  "provider/cli": [
    "provider/index.ts",
    "provider/resources",
    "provider/session",
    "provider/pulumi",
    "provider/kv",
    "provider/emulator",
    "provider/node-version.ts",
  ],
  "provider/codegen": [
    ...["provider/entries/dynamic.ts", "provider/functions", "provider/resources", "provider/session"],
    ...["provider/pulumi", "provider/version.ts", "zod"],
  ],
  sdk: [
    ...["provider/entries/functions.ts", "provider/pulumi/secret-inputs.ts", "provider/require-node.ts"],
    ...["@pulumi/pulumi", "pulumi-cloudflare-kv"],
  ],
  "tools/conformance": [
    "tools/provider-client.ts",
    ...["@grpc/grpc-js", "google-protobuf", "@pulumi/pulumi", "fast-check"],
  ],
};

test.each(Object.entries(floors))("%s imports only what stands below it", (floor, below) => {
  const may = (target: string) => [floor, ...below].some((name) => target === name || target.startsWith(`${name}/`));
  expect(importsOf(floor).filter(({ target }) => !may(target))).toEqual([]);
});

test("every file of the provider stands on a floor", () => {
  const names = Object.keys(floors);
  const isOnOne = (file: string) => names.some((name) => file === name || file.startsWith(`${name}/`));
  expect(filesOf("provider").filter((file) => !isOnOne(file))).toEqual([]);
});

test("gRPC and protobuf are imported by the plugin, and by the log that speaks to the engine", () => {
  const users = importsOf("provider").filter(({ target }) => /grpc|protobuf|pulumi\/proto/.test(target));
  const others = users.filter(({ file }) => !file.startsWith("provider/entries/plugin/"));
  expect([...new Set(others.map(({ file }) => file))]).toEqual(["provider/entries/engine-log.ts"]);
});

test("what ships imports no tool, and no tool imports a test", () => {
  const below = [...importsOf("provider"), ...importsOf("sdk")].filter(({ target }) => /^(tools|tests)\//.test(target));
  const upwards = importsOf("tools").filter(({ target }) => target.startsWith("tests/"));
  expect([...below, ...upwards]).toEqual([]);
});

test("what carries out a plan does not know who makes it", () => {
  const set = "provider/resources/key-value-set";
  const makers = ["checks", "provider"].map((name) => `${set}/${name}.ts`);
  const executors = ["apply", "writer"].flatMap((name) => importsOf(`${set}/${name}.ts`));
  expect(executors.filter(({ target }) => makers.includes(target))).toEqual([]);
});

interface Import {
  readonly file: string;
  /** A package, or a file of this project from its root. */
  readonly target: string;
}

function importsOf(place: string): Import[] {
  return filesOf(place).flatMap((file) => targetsIn(file).map((target) => ({ file, target })));
}

function filesOf(place: string): string[] {
  if (place.endsWith(".ts")) return [place];
  const names = readdirSync(join(root, place), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts")).map((name) => join(place, name).replaceAll("\\", "/"));
}

function targetsIn(file: string): string[] {
  const { importedFiles } = preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((specifier) => !/^node:|\.json$/.test(specifier))
    .map((specifier) => (specifier.startsWith(".") ? sourceOf(file, specifier) : specifier));
}

function sourceOf(file: string, specifier: string): string {
  const target = relative(root, join(root, dirname(file), specifier)).replaceAll("\\", "/");
  return `${target}.ts`;
}
