import { join } from "node:path";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../provider/emulator/emulator";
import { account } from "../emulator/api";
import { Spawned } from "../processes/spawned";

const main = join(__dirname, "..", "..", "tools", "live", "main.js");
export const token = "the-token-that-nobody-may-see-0123456789";
/** The titles of namespaces that others have. */
export const strangers = [
  "production",
  "pulumi-cloudflare-kv live",
  "my pulumi-cloudflare-kv live 20260101T000000Z-00000000 a",
];
const emulators: Emulator[] = [];

export async function closeAll(): Promise<void> {
  await Promise.all(emulators.splice(0).map((emulator) => emulator.close()));
}

/** As strict as the API, with the namespaces of others. */
export async function startStrict(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ tokens: [token], ...options });
  emulators.push(emulator);
  emulator.setLimits({ sameKeyPerSecond: true, rate: { requests: 1200, windowSeconds: 300 } });
  for (const title of strangers) await create(emulator, title);
  emulator.clearLog();
  return emulator;
}

async function create({ url }: Emulator, title: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const path = `${url}/accounts/${account}/storage/kv/namespaces`;
  await fetch(path, { method: "POST", headers, body: JSON.stringify({ title }) });
}

/** A run in a process of its own. */
export function start(url: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Spawned {
  return new Spawned(process.execPath, {
    args: [main, ...args],
    env: {
      CLOUDFLARE_API_BASE_URL: url,
      CLOUDFLARE_ACCOUNT_ID: account,
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_KV_CONSISTENCY_SECONDS: undefined,
      ...env,
    },
  });
}

/** The exit code, once nothing more is printed. */
export async function finish(
  url: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<[number | string, Spawned]> {
  const run = start(url, args, env);
  return [await run.exit, run];
}

export function titles(emulator: Emulator): string[] {
  return emulator.namespaces().map(({ title }) => title);
}
