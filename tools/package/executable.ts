import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run";
import { fetchRuntime } from "./runtime";
import { host, type Target } from "./targets";

/** By this a Node.js knows that something was put into it. */
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/** Why no executable for this machine can be made here; undefined where one can. */
export function executableProblem({ name }: Target): string | undefined {
  if (!isMac(name) || process.platform === "darwin") return undefined;
  return "macOS starts nothing without a signature, which can be made on macOS alone";
}

/**
 * Makes a Node.js that is the plugin: one of Node's single executable applications.
 *
 * @param program The Node.js of the target.
 * @param work An empty folder for what is made on the way.
 * @returns The path of the executable.
 * @see https://nodejs.org/api/single-executable-applications.html
 */
export async function makeExecutable(target: Target, plugin: string, program: string, work: string): Promise<string> {
  const file = (name: string) => join(work, name);
  const executable = file("executable");
  // V8 takes back only what it has compiled on such a machine.
  const isCompiled = target === host;
  const maker = isCompiled ? program : await ownNode(target);
  writeFileSync(file("plugin.cjs"), asFunction(plugin));
  writeFileSync(file("starter.cjs"), starter(isCompiled));
  if (isCompiled) run(work, maker, join(__dirname, "compile.js"), file("plugin.cjs"), file("compiled"));
  const config = {
    main: file("starter.cjs"),
    output: file("blob"),
    disableExperimentalSEAWarning: true,
    assets: { plugin: file("plugin.cjs"), ...(isCompiled && { compiled: file("compiled") }) },
  };
  writeFileSync(file("config.json"), JSON.stringify(config));
  run(work, maker, "--experimental-sea-config", file("config.json"));
  copyFileSync(program, executable);
  chmodSync(executable, 0o755);
  if (isMac(target.name)) run(work, "codesign", "--remove-signature", executable);
  const segment = isMac(target.name) ? ["--macho-segment-name", "NODE_SEA"] : [];
  const postject = require.resolve("postject/dist/cli.js");
  run(work, process.execPath, postject, executable, "NODE_SEA_BLOB", file("blob"), "--sentinel-fuse", fuse, ...segment);
  if (isMac(target.name)) run(work, "codesign", "--sign", "-", executable);
  return executable;
}

function isMac(name: string): boolean {
  return name.startsWith("darwin-");
}

/** The Node.js of the target's version that runs here: what it puts together is read by no other version. */
async function ownNode({ nodeVersion }: Target): Promise<string> {
  if (!host) throw new Error(`npm has no Node.js for ${process.platform}-${process.arch}`);
  return (await fetchRuntime(host.runtime, nodeVersion)).program;
}

/** A script has no `require` of its own. */
function asFunction(plugin: string): string {
  return `(function(require,__filename){const module={exports:{}},exports=module.exports;${plugin}\n})`;
}

/** The executable's own program: it gives V8 the plugin, and what V8 has compiled of it before. */
function starter(isCompiled: boolean): string {
  return `
const { getAsset, getRawAsset } = require("node:sea");
const require_ = require("node:module").createRequire(process.execPath);
const options = { filename: "plugin.cjs"${isCompiled ? ', cachedData: Buffer.from(getRawAsset("compiled"))' : ""} };
new (require("node:vm").Script)(getAsset("plugin", "latin1"), options).runInThisContext()(require_, process.execPath);
`;
}
