import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import type { FaultAction } from "../../provider/emulator/fault";
import { World } from "../resources/world";
import { secretsIn } from "../secrets/secret-scan";
import { halves, secretText } from "../secrets/sentinel";

const main = join(__dirname, "../../provider/cli/main.js");
const accountId = "0123456789abcdef0123456789abcdef";
const token = "sentinel-token-58aa";

let emulator: Emulator;
let namespaceId: string;
let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), "export-"));
  await send("POST", "", JSON.stringify({ title: "site" }));
  namespaceId = emulator.namespaces()[0]?.id ?? "";
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await emulator.close();
  rmSync(folder, { recursive: true });
});

async function send(method: string, path: string, body: string): Promise<void> {
  const url = `${emulator.url}/accounts/${accountId}/storage/kv/namespaces${path}`;
  const response = await fetch(url, { method, body, headers: { authorization: "Bearer x" } });
  expect(response.status).toBe(200);
  emulator.clearLog();
}

const binary = Buffer.from([0xff, 0x00, 0x80]);
const odd = [
  { key: "/leading", value: "x" },
  { key: "a\nb", value: 'line\nline "two"' },
  { key: "bin", value: binary.toString("base64"), base64: true },
  { key: "é/ü", value: "", metadata: { by: ["kim", null] }, expiration: 2_000_000_000 },
];
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ key: `k/${String(at).padStart(5, "0")}`, value: `v${at}` }));

const put = (pairs: readonly object[]) => send("PUT", `/${namespaceId}/bulk`, JSON.stringify(pairs));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly told: string;
}

function start(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const env = {
    PATH: process.env.PATH,
    CLOUDFLARE_API_TOKEN: token,
    CLOUDFLARE_ACCOUNT_ID: accountId,
    CLOUDFLARE_API_BASE_URL: emulator.url,
  };
  const child = spawn(process.execPath, [main, "export", ...args], { cwd: folder, env });
  children.push(child);
  let [out, told] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    told += chunk;
  });
  const ended = once(child, "close").then(([code]) => {
    expect(out + told).not.toContain(token);
    return { code, out, told };
  });
  return { child, ended };
}

const run = (...args: string[]) => start(...args).ended;
const at = (name: string) => join(folder, name);
const lines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test.each(["site", "id", "whole id"])(
  "writes all that a namespace has, in the order of the keys, by its %s",
  async (how) => {
    await put([...many(1200), ...odd]);
    const named = { site: "site", id: namespaceId, "whole id": `${accountId}/${namespaceId}` }[how] ?? "";
    const { code, out, told } = await run("--namespace", named);
    expect([code, told]).toEqual([0, expect.stringMatching(/^exported 1,204 keys in \d+\.\d s\.\n$/)]);
    const inOrder = [...many(1200), ...odd].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    expect(lines(out)).toEqual(inOrder);
  },
);

test("writes nothing but what begins so, and says where nothing does", async () => {
  await put([...many(20), ...odd]);
  expect(lines((await run("--namespace", "site", "--prefix", "k/0000")).out)).toEqual(many(10));
  expect(await run("--namespace", "site", "--prefix", "zzz")).toMatchObject({
    code: 0,
    out: "",
    told: expect.stringContaining('No key begins with "zzz".'),
  });
});

test.each(["json", "ndjson"])("what it writes as %s a set takes over without a write", async (format) => {
  await put([...many(300), ...odd]);
  await run("--namespace", "site", "--format", format, "-o", "out");
  const world = await World.start();
  try {
    const { outs } = await world.create("Namespace", "copy", { title: "copy" });
    const source = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", path: at("out") };
    const args = { namespaceId: outs.namespaceId, source };
    await world.create("KeyValueSet", "set", args);
    const copied = world.emulator.keys(String(outs.namespaceId));
    expect(copied).toEqual(emulator.keys(namespaceId));
    for (const key of copied)
      expect(world.emulator.entry(String(outs.namespaceId), key)).toEqual(emulator.entry(namespaceId, key));
    world.endRun();
    world.requests();
    await world.create("KeyValueSet", "again", { ...args, adopt: true });
    expect(world.requests().filter((request) => request === "bulk.put")).toEqual([]);
  } finally {
    await world.close();
  }
});

describe.each(["json", "ndjson"])("an export as %s that was interrupted", (format) => {
  const args = ["--namespace", "site", "--format", format, "-o", "out"];

  test("goes on wherever it was cut, and ends as if nothing had been", async () => {
    await put([...odd, ...many(150)]);
    await run(...args);
    const whole = readFileSync(at("out"));
    for (const length of [0, 1, 20, 200, whole.length - 3]) {
      writeFileSync(at("out"), whole.subarray(0, length));
      const { code } = await run(...args, "--resume");
      expect([length, code, readFileSync(at("out")).equals(whole)]).toEqual([length, 0, true]);
    }
  });

  test("on SIGINT says how to go on, and does", async () => {
    await put(many(4000));
    emulator.setFaults([{ times: null, match: { operation: "bulk.get" }, action: { type: "delay", ms: 300 } }]);
    const { child, ended } = start(...args);
    while (emulator.log.length < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    expect(await ended).toMatchObject({
      code: 130,
      told: expect.stringMatching(/^Interrupted after [\d,]+ keys?; --resume goes on with it\.\n$/),
    });
    emulator.setFaults([]);
    expect((await run(...args, "--resume")).code).toBe(0);
    const text = readFileSync(at("out"), "utf8");
    expect(format === "json" ? JSON.parse(text) : lines(text)).toEqual(many(4000));
  });
});

test("a file that is whole, or of another prefix, is left as it is", async () => {
  await put(many(3));
  await run("--namespace", "site", "--format", "json", "-o", "whole");
  const again = await run("--namespace", "site", "--format", "json", "-o", "whole", "--resume");
  expect(again).toMatchObject({ code: 0, told: "whole is whole already: nothing is left to be done.\n" });
  await run("--namespace", "site", "-o", "keys");
  const other = await run("--namespace", "site", "--prefix", "z", "-o", "keys", "--resume");
  expect(other).toMatchObject({ code: 1, told: "keys has keys without that prefix: it is of another export.\n" });
});

test("what fails before it begins leaves no file in the way", async () => {
  await run("--namespace", "nope", "-o", "out");
  expect((await run("--namespace", "site", "-o", "out")).code).toBe(0);
});

test("files are values, and what cannot be one is named", async () => {
  await put([...odd, { key: "a", value: "1" }, { key: "a/b", value: "2" }, { key: "x/../y", value: "3" }]);
  const { code, told } = await run("--namespace", "site", "--format", "files", "-o", "out");
  expect(code).toBe(1);
  expect(told).toContain(
    '3 keys cannot be a file\'s path, and are left out: "/leading", "a/b", "x/../y". Use --format ndjson.',
  );
  expect(told).toContain("1 key has metadata or an expiration, which files do not hold.");
  expect(readdirSync(at("out")).sort()).toEqual(["a", "a\nb", "bin", "é"]);
  expect(readFileSync(at("out/bin"))).toEqual(binary);
});

test("a key that vanishes while it is read is counted", async () => {
  await put(many(3));
  emulator.setFaults([{ match: { operation: "bulk.get", key: "k/00001" }, action: { type: "negative" } }]);
  const { code, out, told } = await run("--namespace", "site");
  expect([code, lines(out).length]).toEqual([0, 2]);
  expect(told).toContain("1 key vanished while they were read.");
});

test("a wait for the rate limit is told", async () => {
  await put(many(3));
  emulator.setFaults([{ match: { operation: "bulk.get" }, action: { status: 429, retryAfter: 1 } }]);
  const { code, told } = await run("--namespace", "site");
  expect([code, told]).toEqual([0, expect.stringMatching(/wait/i)]);
});

test.each<[string, string[], string]>([
  ["a namespace that is not there", ["--namespace", "nope"], 'has no namespace "nope"; it has "site".'],
  ["no namespace", [], "--namespace is required: the id or the title of a namespace."],
  [
    "a format that there is not",
    ["--namespace", "site", "--format", "csv"],
    '--format must be one of ndjson, json, files, not "csv".',
  ],
  ["an unknown option", ["--to", "x"], "cloudflare-kv export --help says which options there are."],
  [
    "files without a folder",
    ["--namespace", "site", "--format", "files"],
    "--format files needs -o, the folder to write to.",
  ],
  [
    "a file that is there",
    ["--namespace", "site", "-o", "there"],
    "there is there already: give --resume to go on with it",
  ],
  [
    "a file of another kind",
    ["--namespace", "site", "-o", "there", "--resume"],
    "there is not what an export has written",
  ],
  ["a folder that is not there", ["--namespace", "site", "-o", "no/out"], "no/out: cannot be written: ENOENT."],
  ["a disk that is full", ["--namespace", "site", "-o", "/dev/full"], "/dev/full: cannot be written: ENOSPC."],
])("%s is one sentence", async (_, args, sentence) => {
  await put(many(2));
  writeFileSync(at("there"), "nothing of ours\nat all\n");
  const { code, told } = await run(...args);
  expect([code === 0, told.split("\n").length]).toEqual([false, 2]);
  expect(told).toContain(sentence);
});

test.each<[string, FaultAction]>([
  ["is no JSON", { type: "contentType", value: "text/html" }],
  ["breaks off", { type: "truncate" }],
  ["is refused", { status: 400, code: 10001 }],
])("no value is told where an answer %s", async (_, action) => {
  await put([
    { key: "a", value: secretText, metadata: { note: secretText } },
    { key: "b", value: secretText },
  ]);
  emulator.setFaults([{ match: { operation: "bulk.get" }, times: null, action }]);
  const { code, told } = await run("--namespace", "site");
  expect([code === 0, secretsIn(halves, { stderr: [told] })]).toEqual([false, []]);
});

test("a credential that is refused is one sentence", async () => {
  await put(many(2));
  emulator.setFaults([{ times: null, action: { status: 403, code: 10000 } }]);
  const { code, told } = await run("--namespace", "site");
  expect([code, told.trimEnd().split("\n").length]).toEqual([1, 1]);
});
