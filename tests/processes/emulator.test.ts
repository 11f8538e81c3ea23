import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmulatorOptions } from "../../provider/emulator/emulator";
import { Api, authorization } from "../emulator/api";
import { linesOf } from "./lines";

const root = join(__dirname, "../../..");
const main = join(__dirname, "../../provider/cli/emulator-main.js");
const folder = mkdtempSync(join(tmpdir(), "emulator-"));
const children: ChildProcess[] = [];
const apis: Api[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await Promise.all(apis.splice(0).map((api) => api.close()));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  return child;
}

async function start(options?: EmulatorOptions): Promise<Api> {
  const api = await Api.start(options);
  apis.push(api);
  return api;
}

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
  return (await linesOf(child).next()).value;
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

test("with its second line it says where its page is", async () => {
  const lines = linesOf(run());
  const { origin } = new URL((await lines.next()).value.replace("listening on ", ""));
  expect((await lines.next()).value).toBe(`look into it at ${origin}/`);
  expect((await fetch(`${origin}/`)).status).toBe(200);
});

test("with --verbose it prints a line for each request", async () => {
  const lines = linesOf(run("--verbose"));
  const url = (await lines.next()).value.replace("listening on ", "");
  await lines.next();
  await fetch(`${url}/accounts/${"0".repeat(32)}/storage/kv/namespaces`, { headers: authorization });
  const path = `/client/v4/accounts/${"0".repeat(32)}/storage/kv/namespaces`;
  expect((await lines.next()).value).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d GET 200 ${path}$`));
});

test("with --seed it starts with what files and folders hold, as sets read them", async () => {
  const csv = join(folder, "flags.csv");
  writeFileSync(csv, 'key,value,metadata\na,1,"{""of"":""csv""}"\n');
  const map = join(folder, "pages.json");
  writeFileSync(map, '{"home": {"title": "Home"}}');
  const pages = join(folder, "assets");
  mkdirSync(join(pages, "img"), { recursive: true });
  writeFileSync(join(pages, "img", "logo.svg"), "<svg/>");
  const file = join(folder, "seeded.db");
  const seeds = [csv, "FLAGS", map, "PAGES", pages, "ASSETS"].map((name, index) => [
    index % 2 ? "--namespace" : "--seed",
    name,
  ]);
  const child = run("--file", file, "--json-values", ...seeds.flat());
  const lines = linesOf(child);
  const nextLine = async () => (await lines.next()).value;
  expect([await nextLine(), await nextLine()].join()).toMatch(/^listening on .*,look into it at/);
  expect(await nextLine()).toBe(`"FLAGS" has the 1 key of ${csv}`);
  expect(await nextLine()).toBe(`"PAGES" has the 1 key of ${map}`);
  expect(await nextLine()).toBe(`"ASSETS" has the 1 key of ${pages}`);
  child.kill("SIGTERM");
  await once(child, "close");
  const { emulator } = await start({ file });
  const stored = emulator
    .namespaces()
    .map(({ id, title }) => [title, emulator.keys(id).map((key) => [key, emulator.entry(id, key)])]);
  expect(Object.fromEntries(stored)).toEqual({
    FLAGS: [["a", { value: Buffer.from("1"), metadata: { of: "csv" } }]],
    PAGES: [["home", { value: Buffer.from('{"title":"Home"}'), metadata: null }]],
    ASSETS: [["img/logo.svg", { value: Buffer.from("<svg/>"), metadata: null }]],
  });
});

test("a seed that cannot be read is told with its places, and nothing is served", async () => {
  const bad = join(folder, "bad.json");
  writeFileSync(bad, '[{"key": "", "value": "secret"}, {"key": "a", "value": 7}]');
  const good = join(folder, "good.json");
  writeFileSync(good, '{"a": "1"}');
  const file = join(folder, "unseeded.db");
  const seeds = ["--seed", good, "--namespace", "GOOD", "--seed", bad, "--namespace", "A"];
  const [code, errors] = await end(run("--file", file, ...seeds));
  expect(code).toBe(1);
  expect(errors).toContain(`The emulator cannot start: ${bad}:1:2: key must not be empty\n${bad}:1:34: `);
  expect(errors).not.toContain("secret");
  expect((await start({ file })).emulator.namespaces()).toEqual([]);
});

test("SIGTERM to npm ends it, too", async () => {
  const child = spawn("npm", ["run", "--silent", "emulator"], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const url = (await firstLine(child)).replace("listening on ", "");
  child.kill("SIGTERM");
  await once(child, "close");
  await expect(fetch(url)).rejects.toThrow();
});

const expected =
  "expected --port P, --file F, --wrangler [C], --persist-to DIR, --seed F, --namespace T, --json-values, --latency MS " +
  "and --verbose, each optional.\n";
const wrong: [args: string[], code: number, message: string][] = [
  [["--prot", "1"], 2, `Unknown option '--prot': ${expected}`],
  [["file.db"], 2, `Unexpected argument 'file.db': ${expected}`],
  [["--port"], 2, `Option '--port <value>' argument missing: ${expected}`],
  [["--port", "x"], 2, `Invalid --port "x", not a whole number from 0 to 65535: ${expected}`],
  [["--latency", "1s"], 2, `Invalid --latency "1s", not a whole number from 0 to 3600000: ${expected}`],
  [["--file", "f", "--wrangler"], 2, `Either --file or --wrangler, not both: ${expected}`],
  [["--seed", "f.json"], 2, `Give one --namespace with each --seed: ${expected}`],
  [["--seed", "f.json", "--namespace", "A"], 1, "The emulator cannot start: there is no f.json.\n"],
  [["--persist-to", "d"], 2, `Give --wrangler with --persist-to: ${expected}`],
  [["--file", main], 1, `The emulator cannot start: cannot use ${main}: file is not a database.\n`],
];
test.each(wrong)("%j is answered with one sentence and exit code %i", async (args, code, message) => {
  expect(await end(run(...args))).toEqual([code, message]);
});

test("a port in use is answered with one sentence", async () => {
  const { port } = new URL((await start()).emulator.url);
  expect(await end(run("--port", port))).toEqual([
    1,
    `The emulator cannot start: listen EADDRINUSE: address already in use 127.0.0.1:${port}; ` +
      "choose another --port, or --port 0 for any free one.\n",
  ]);
});

test.each(["--help", "-h"])("%s is answered with the options and exit code 0", async (option) => {
  const child = run(option);
  const ended = end(child);
  expect(await firstLine(child)).toMatch(/^usage: cloudflare-kv-emulator \[--port P\]/);
  expect(await ended).toEqual([0, ""]);
});

test("what is written to a file is there after a restart", async () => {
  const file = join(folder, "kv.db");
  const first = await start({ file });
  const id = await first.namespace("one");
  await first.seed(id, [
    { key: "a", value: "", metadata: [1], expiration: 2_000_000_000 },
    { key: "deleted", value: "" },
  ]);
  await first.succeed("DELETE", `/${id}/values/deleted`);
  await first.close();
  const { emulator } = await start({ file });
  expect(emulator.keys(id)).toEqual(["a"]);
  expect(emulator.entry(id, "a")).toEqual({ value: Buffer.alloc(0), metadata: [1], expiration: 2_000_000_000 });
});
