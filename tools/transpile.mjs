// Brings dist/ up to date with the sources that have changed, one by one and without a look at types: that is what the
// quick tiers of tests need. `npm run build` is the compiler's whole work.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const folders = ["provider", "sdk", "tests", "tools"];
/** Programs of users, which are no part of this one. */
const isProgram = (file) => /^tests\/programs\/[^/]+\/[^/]+\//.test(file);

/** Answers how many files were brought up to date. */
export function transpile() {
  const sources = folders.flatMap(filesOf).filter((file) => file.endsWith(".ts") && !isProgram(file));
  const changed = sources.filter((file) => isOlder(outputOf(file), file));
  for (const file of changed) write(file);
  const outputs = new Set(sources.map(outputOf));
  for (const file of filesOf("dist").filter((name) => name.endsWith(".js") && !outputs.has(name))) {
    for (const name of [file, `${file}.map`, file.replace(/\.js$/, ".d.ts")]) rmSync(name, { force: true });
  }
  return changed.length;
}

function write(file) {
  const text = readFileSync(file, "utf8");
  const output = outputOf(file);
  const { outputText, sourceMapText } = require("typescript").transpileModule(text, {
    compilerOptions: compilerOptions(),
    fileName: file,
  });
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(`${output}.map`, withSource(sourceMapText, output, file));
  writeFileSync(output, outputText);
  for (const [, specifier] of text.matchAll(/ from "(\.[^"]+\.json)"/g)) {
    const data = join(dirname(file), specifier);
    mkdirSync(dirname(join("dist", data)), { recursive: true });
    copyFileSync(data, join("dist", data));
  }
}

function withSource(map, output, file) {
  const up = dirname(output)
    .split("/")
    .map(() => "..");
  return JSON.stringify({ ...JSON.parse(map), sources: [[...up, file].join("/")] });
}

let options;
function compilerOptions() {
  if (options) return options;
  const ts = require("typescript");
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  options = ts.convertCompilerOptionsFromJson(config.compilerOptions, ".").options;
  return options;
}

function outputOf(file) {
  return join("dist", file.replace(/\.ts$/, ".js")).replaceAll("\\", "/");
}

function filesOf(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return entries.map((name) => `${folder}/${name}`.replaceAll("\\", "/"));
}

function isOlder(output, source) {
  const written = statSync(output, { throwIfNoEntry: false });
  return !written || written.mtimeMs < statSync(source).mtimeMs;
}
