import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { preview, type StackOptions, up } from "../../tools/engine/engine";
import type { Registry } from "../../tools/engine/operation";
import { urnOf } from "../../tools/engine/urn";

const type = "cloudflare-kv:index:Namespace";

let emulator: Emulator;
let dir: string;

beforeEach(async () => {
  emulator = await startEmulator();
  dir = mkdtempSync(join(tmpdir(), "declared-"));
});

afterEach(async () => {
  await emulator.close();
  rmSync(dir, { recursive: true });
});

test("what is declared without a program is made, kept, and deleted when it is declared no more", async () => {
  const titles = () => emulator.namespaces().map(({ title }) => title);
  expect((await up(declaring("one"))).errors).toEqual([]);
  expect(titles()).toEqual(["one"]);
  expect((await preview(declaring("one"))).changes).toEqual({ same: 1 });
  expect((await up(declaring())).errors).toEqual([]);
  expect(titles()).toEqual([]);
});

test("a declaration that fails deletes nothing", async () => {
  await up(declaring("one"));
  emulator.setFaults([{ match: { operation: "namespaces.create" }, times: null, action: { status: 403 } }]);
  const { ok } = await up(declaring("two"));
  expect([ok, emulator.namespaces().length]).toEqual([false, 1]);
});

function declaring(...titles: string[]): StackOptions {
  const config = {
    "cloudflare-kv:accountId": "0123456789abcdef0123456789abcdef",
    "cloudflare-kv:apiToken": "a-token",
    "cloudflare-kv:baseUrl": emulator.url,
  };
  const env = { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0" };
  const declare = async (registry: Registry) => {
    await Promise.all(titles.map((title) => registry.register(namespace(title), { version: "" })));
  };
  return { programDir: dir, stateFile: join(dir, "state.json"), config, env, declare };
}

function namespace(title: string) {
  const urn = urnOf("dev", "project", "", type, title);
  return { urn, type, custom: true, inputs: { title }, outputs: {}, dependencies: [], propertyDependencies: {} };
}
