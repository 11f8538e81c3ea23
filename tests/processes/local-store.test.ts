import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmulator } from "../../provider/emulator/emulator";
import { WranglerStore } from "../../provider/emulator/wrangler/wrangler-store";
import { account, authorization } from "../emulator/api";
import { linesOf } from "./lines";

const main = join(__dirname, "../../provider/cli/main.js");
const localId = "0123456789abcdef0123456789abcdef";
let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "project-"));
});
afterEach(async () => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Serves the store of the project in `folder`. */
async function serve(...args: string[]): Promise<{ url: string; nextLine: () => Promise<string> }> {
  const started = spawn(process.execPath, [main, "emulator", ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  child = started;
  const lines = linesOf(started);
  const nextLine = async () => String((await lines.next()).value);
  const base = (await nextLine()).replace("listening on ", "");
  expect(await nextLine()).toMatch(/^look into it at /);
  return { url: `${base}/accounts/${account}/storage/kv/namespaces`, nextLine };
}

function configure(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function createNamespace(url: string, title: string): Promise<string> {
  const response = await fetch(url, { method: "POST", body: JSON.stringify({ title }), headers: authorization });
  return ((await response.json()) as { result: { id: string } }).result.id;
}

test("the command says what it serves, and which lines make a created namespace a Worker's", async () => {
  const file = configure(
    "wrangler.jsonc",
    `{"kv_namespaces": [{"binding": "FLAGS", "id": "${localId}"}, {"binding": "CACHE"}, {"binding": "FAR", "remote": true}]}`,
  );
  const { url, nextLine } = await serve("--wrangler");
  expect(await nextLine()).toBe(`serving ${join(folder, ".wrangler", "state", "v3")}, the store of ${file}`);
  expect(await nextLine()).toBe(`  FLAGS  ${localId}`);
  expect(await nextLine()).toMatch(/^ {2}CACHE {2}[0-9a-f]{32} \("CACHE" for wrangler\)$/);
  expect(await nextLine()).toBe("  FAR is remote: wrangler dev asks Cloudflare for it, not this store.");
  const id = await createNamespace(url, "shop: 2 carts");
  expect(await nextLine()).toBe(
    `The namespace "shop: 2 carts" was created. For a Worker to have it, add to kv_namespaces in ${file}:`,
  );
  expect(await nextLine()).toBe(`  { "binding": "SHOP_2_CARTS", "id": "${id}" }`);
  const other = await createNamespace(url, "cache");
  expect([await nextLine(), await nextLine()][1]).toBe(`  { "binding": "CACHE_2", "id": "${other}" }`);
});

test("the same of a configuration in TOML without KV, and of a folder that is given", async () => {
  const file = configure("wrangler.toml", 'name = "worker"');
  const { url, nextLine } = await serve("--wrangler", "wrangler.toml", "--persist-to", "state");
  expect(await nextLine()).toBe(`serving ${join(folder, "state", "v3")}, the store of ${file}`);
  expect(await nextLine()).toMatch(/^wrangler\.toml declares no KV namespace: a program can create one/);
  const id = await createNamespace(url, "2 é");
  expect(await nextLine()).toContain(`add to ${file}:`);
  expect([await nextLine(), await nextLine(), await nextLine()]).toEqual([
    "  [[kv_namespaces]]",
    '  binding = "KV_2"',
    `  id = "${id}"`,
  ]);
});

test("killed in the middle of its writes, each of them is whole or was not begun", async () => {
  configure("wrangler.jsonc", `{"kv_namespaces": [{"binding": "FLAGS", "id": "${localId}"}]}`);
  const { url } = await serve("--wrangler");
  const names = Array.from({ length: 3000 }, (_, index) => `key ${index}`);
  const write = (version: number) => {
    const body = JSON.stringify(names.map((key) => ({ key, value: `${version}`, metadata: version })));
    return fetch(`${url}/${localId}/bulk`, { method: "PUT", body, headers: authorization });
  };
  await write(0);
  const kill = sleep(400).then(() => child?.kill("SIGKILL"));
  const ended = once(child as ChildProcess, "exit");
  let last = 0;
  try {
    for (let version = 1; ; version++) {
      await write(version);
      last = version;
    }
  } catch {
    // It is gone.
  }
  await Promise.all([kill, ended]);
  const store = new WranglerStore({
    root: join(folder, ".wrangler", "state", "v3"),
    declared: [{ title: "FLAGS", localId }],
  });
  const emulator = await startEmulator({ store });
  try {
    expect(emulator.keys(localId)).toHaveLength(names.length);
    const versions = new Set(
      names.map((key) => emulator.entry(localId, key)).map((entry) => `${entry?.value}/${entry?.metadata}`),
    );
    expect([`${last}/${last}`, `${last + 1}/${last + 1}`]).toContain([...versions].join());
  } finally {
    await emulator.close();
  }
});
