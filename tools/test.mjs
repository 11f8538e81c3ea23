// `npm run test:unit [name]` and `npm run test:scenarios [name]`: one tier of the tests, without a build beforehand.
// `npm run dev [name]` runs the unit tests again whenever a file changes.
import { spawnSync } from "node:child_process";
import { watch } from "node:fs";
import { transpile } from "./transpile.mjs";

/** What starts programs, providers and engines as processes of their own. All other tests are units. */
const scenarios = [
  ...[
    "browser",
    "chaos",
    "conformance",
    "engine",
    "faults",
    "interop",
    "languages",
    "live",
    "package",
    "processes",
    "programs",
  ],
  ...["scenarios", "secrets", "states", "transcripts"],
];

const [mode, ...args] = process.argv.slice(2);
const inScenarios = `/dist/tests/(?:${scenarios.join("|")})/`;

if (mode === "dev") dev();
else process.exitCode = run(mode);

function run(tier) {
  transpile();
  const tierArgs =
    tier === "unit"
      ? ["--testPathIgnorePatterns", inScenarios, "/node_modules/"]
      : ["--testPathIgnorePatterns", `/dist/tests/(?!(?:${scenarios.join("|")})/)`, "/node_modules/"];
  const paths = args.length > 0 ? ["--testPathPatterns", ...args] : [];
  return spawnSync("jest", [...tierArgs, ...paths], { stdio: "inherit" }).status ?? 1;
}

function dev() {
  run("unit");
  let timer;
  for (const folder of ["provider", "sdk", "tests", "tools"]) {
    watch(folder, { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(() => run("unit"), 100);
    });
  }
}
