// `npm test`: build, lint and every test; always ends with one line of counts, and writes test-results.json.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const directory = mkdtempSync(join(tmpdir(), "cloudflare-kv-test-"));
const report = join(directory, "jest.json");
// What the tests leave is theirs: a clock of a test may be years ahead, and providers of one machine read what others tell.
process.env.TMPDIR = directory;
// Hundreds of programs and providers are started, which all load the same.
process.env.NODE_COMPILE_CACHE ??= join(directory, "compiled");

/** What a test of a language, or in a browser, says in its name where it cannot run. */
const obstacle = /\((\S+ (?:is not on PATH|does not reach its registry))\)$/;

const rows = [step("build", "npm", ["run", "--silent", "build"])];
if (rows[0].status === "passed") {
  rows.push(step("lint", "npm", ["run", "--silent", "lint"]), ...jest());
}
rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
writeFileSync("test-results.json", `${JSON.stringify(rows, null, 1)}\n`);

const count = (status) => rows.filter((row) => row.status === status).length;
if (rows.some(({ name, status }) => name.endsWith("/real") && status === "skipped")) {
  console.log("The Pulumi CLI is not on PATH: the scenarios ran with the stand-in engine only.");
}
const obstacles = rows.flatMap(({ name, status }) => (status === "skipped" && obstacle.exec(name)?.[1]) || []);
for (const text of new Set(obstacles)) console.log(`Tests were skipped: ${text}.`);
console.log(`${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`);
process.exitCode = count("failed") > 0 ? 1 : 0;

function step(name, command, args) {
  const startedAt = Date.now();
  const { status } = run(command, args);
  return { name, status: status === 0 ? "passed" : "failed", seconds: (Date.now() - startedAt) / 1000 };
}

/** One row for each test; a file that could not be run is a failed row. */
function jest() {
  const { status } = run("jest", ["--json", `--outputFile=${report}`, ...process.argv.slice(2)]);
  if (!existsSync(report)) return [{ name: "jest", status: "failed", seconds: 0 }];
  const results = JSON.parse(readFileSync(report, "utf8")).testResults;
  const tests = results.flatMap(({ name, assertionResults, status: file }) =>
    assertionResults.length > 0 || file === "passed"
      ? assertionResults.map(rowOf)
      : [{ name, status: "failed", seconds: 0 }],
  );
  const isExplained = status === 0 || tests.some((row) => row.status === "failed");
  return isExplained ? tests : [...tests, { name: "jest", status: "failed", seconds: 0 }];
}

function rowOf({ fullName, status, duration }) {
  const known = { passed: "passed", failed: "failed" };
  return { name: fullName, status: known[status] ?? "skipped", seconds: (duration ?? 0) / 1000 };
}

/** jest's report of JSON goes to a file; what it prints goes to people. */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (error) console.error(`${command}: ${error.message}`);
  return { status };
}
