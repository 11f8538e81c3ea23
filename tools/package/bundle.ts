import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { root } from "./root";

/** Scripts of Node.js, as one file each, with all that they depend on. */
export interface Bundle {
  /** The plugin. Its text is ASCII. */
  readonly plugin: string;
  /** What starts `./plugin.cjs` on a Node.js that it has looked at first. */
  readonly launcher: string;
  /** The terms of all that is in them. */
  readonly licenses: string;
}

const pluginEntry = "./dist/provider/entries/plugin/main.js";

export async function makeBundle(): Promise<Bundle> {
  const plugin = await bundled({ entryPoints: [join(root, pluginEntry)], target: "node22.19" });
  const executable = readFileSync(join(root, "pulumi-resource-cloudflare-kv"), "utf8").replace(/^#!.*/, "");
  const launcher = await bundled({
    stdin: { contents: executable, resolveDir: root, sourcefile: "launcher.js" },
    plugins: [external(pluginEntry, "./plugin.cjs")],
    // An older Node.js has to read it before it can say what is needed.
    target: "node14",
  });
  const files = new Set([...plugin.files, ...launcher.files]);
  return { plugin: plugin.text, launcher: launcher.text, licenses: licensesOf([...files]) };
}

async function bundled(options: BuildOptions): Promise<{ readonly text: string; readonly files: readonly string[] }> {
  const { metafile, outputFiles } = await build({
    ...options,
    absWorkingDir: root,
    outfile: "bundle.cjs",
    bundle: true,
    platform: "node",
    // Names of functions stay: a stack is of use.
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    write: false,
  });
  return { text: outputFiles?.[0]?.text ?? "", files: Object.keys(metafile?.inputs ?? {}) };
}

/** Leaves out a module, which is a file of its own beside the bundle. */
function external(module: string, path: string): Plugin {
  return {
    name: "external",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\./ }, (args) => (args.path === module ? { path, external: true } : null)),
  };
}

function licensesOf(files: readonly string[]): string {
  const folders = files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? ".");
  return [...new Set(folders)]
    .sort()
    .map(licenseOf)
    .join(`\n${"-".repeat(80)}\n\n`);
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const terms = file ? readFileSync(join(root, folder, file), "utf8") : "";
  return `${name} ${version} (${license})\n\n${terms}`;
}
