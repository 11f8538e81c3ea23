import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { nodeProblem } from "../../provider/node-version";

const problem = (version: string) =>
  `pulumi-cloudflare-kv needs Node.js 22.19 or newer, and this is ${version}: ` +
  "install a newer Node.js, or put one first on PATH";

test.each([
  ["22.19.0", undefined],
  ["23.0.0", undefined],
  ["24.1.0", undefined],
  ["22.18.9", problem("22.18.9")],
  ["20.20.2", problem("20.20.2")],
  ["18.0.0-pre", problem("18.0.0-pre")],
])("Node.js %s", (version, expected) => {
  expect(nodeProblem(version)).toBe(expected);
});

const pretend = `Object.defineProperty(process.versions, "node", { value: "20.20.2" });`;
const built = (file: string) => JSON.stringify(join(__dirname, "..", "..", file));

/** What a program that loads the file says on an older Node.js; modules that it has not are not missed. */
function said(file: string): string {
  const script = `${pretend} try { require(${built(file)}) } catch (error) { console.log(error.stack) }`;
  return spawnSync(process.execPath, ["-e", script], { encoding: "utf8" }).stdout.trim();
}

test.each(["sdk/index.js", "provider/entries/dynamic.js"])(
  "%s says on an older Node.js what is needed, alone",
  (file) => {
    expect(said(file)).toBe(`Error: ${problem("20.20.2")}`);
  },
);

test("the emulator says it before it loads what only a newer Node.js has", () => {
  const script = `${pretend}
    const load = require("node:module")._load;
    require("node:module")._load = (name, ...rest) => {
      if (name === "node:sqlite") throw new Error("loaded node:sqlite");
      return load(name, ...rest);
    };
    require(${built("provider/cli/emulator-main.js")});`;
  const { status, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
  expect([status, stderr]).toEqual([1, `${problem("20.20.2")}.\n`]);
});
