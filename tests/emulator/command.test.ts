import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Api, authorization } from "./api.js";

const main = join(__dirname, "../../provider/emulator/main.js");
const run = (...args: string[]) => spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });

/** The exit code and everything on stderr. */
async function end(child: ChildProcess): Promise<[number | null, string]> {
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const [code] = await once(child, "close");
  return [code, errors];
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("The command has no stdout.");
  const [line] = await once(createInterface(child.stdout), "line");
  return line;
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "the command says where it listens, serves, and ends cleanly on %s",
  async (signal) => {
    const child = run("--latency", "1");
    const ended = end(child);
    const line = await firstLine(child);
    expect(line).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\/client\/v4$/);
    const url = `${line.replace("listening on ", "")}/accounts/${"0".repeat(32)}/storage/kv/namespaces`;
    const response = await fetch(url, { headers: authorization });
    expect(await response.json()).toMatchObject({ success: true, result: [] });
    child.kill(signal);
    expect(await ended).toEqual([0, ""]);
  },
);

const expected = "expected --port P, --file F and --latency MS, each optional.\n";
const wrong: [args: string[], code: number, message: string][] = [
  [["--prot", "1"], 2, `Unknown option '--prot': ${expected}`],
  [["file.db"], 2, `Unexpected argument 'file.db': ${expected}`],
  [["--port"], 2, `Option '--port <value>' argument missing: ${expected}`],
  [["--port", "x"], 2, `Invalid --port "x", not a whole number from 0 to 65535: ${expected}`],
  [["--latency", "1s"], 2, `Invalid --latency "1s", not a whole number from 0 to 3600000: ${expected}`],
  [["--file", main], 1, `The emulator cannot start: cannot use ${main}: file is not a database.\n`],
];
test.each(wrong)("%j is answered with one sentence and exit code %i", async (args, code, message) => {
  expect(await end(run(...args))).toEqual([code, message]);
});

test("a port in use is answered with one sentence", async () => {
  const api = await Api.start();
  const { port } = new URL(api.emulator.url);
  expect(await end(run("--port", port))).toEqual([
    1,
    `The emulator cannot start: listen EADDRINUSE: address already in use 127.0.0.1:${port}.\n`,
  ]);
  await api.close();
});

test("what is written to a file is there after a restart", async () => {
  const folder = mkdtempSync(join(tmpdir(), "emulator-"));
  const file = join(folder, "kv.db");
  let api = await Api.start({ file });
  const id = await api.namespace("one");
  await api.seed(id, [
    { key: "a", value: "", metadata: [1], expiration: 2_000_000_000 },
    { key: "deleted", value: "" },
  ]);
  await api.succeed("DELETE", `/${id}/values/deleted`);
  await api.close();
  api = await Api.start({ file });
  expect(api.emulator.keys(id)).toEqual(["a"]);
  expect(api.emulator.entry(id, "a")).toEqual({ value: Buffer.alloc(0), metadata: [1], expiration: 2_000_000_000 });
  await api.close();
  rmSync(folder, { recursive: true });
});
