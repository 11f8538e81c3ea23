import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EmulatorProcess } from "../emulator-process";
import { install } from "../interop/command";
import { wrangler as run } from "../interop/wrangler-command";
import { timed } from "./provider-process";

/** The seconds of one `wrangler kv bulk put` of the same entries, with its start; wrangler is fetched for it. */
export async function wrangler(emulator: EmulatorProcess, ndjson: string, dir: string): Promise<number> {
  writeFileSync(join(dir, "package.json"), '{"private":true}');
  await install("wrangler@4", dir);
  const file = join(dir, "bulk.json");
  writeBulkFile(ndjson, file);
  const namespace = await emulator.createNamespace("wrangler");
  const [accountId = "", namespaceId = ""] = namespace.id.split("/");
  const env = {
    CLOUDFLARE_API_BASE_URL: emulator.url,
    CLOUDFLARE_API_TOKEN: "bench",
    CLOUDFLARE_ACCOUNT_ID: accountId,
  };
  const args = ["kv", "bulk", "put", file, "--namespace-id", namespaceId, "--remote"];
  const [seconds] = await timed(() => run(dir, dir, args, env));
  await emulator.deleteNamespace(namespace.id);
  return seconds;
}

/** The same entries, as `wrangler kv bulk put` takes them. */
export function writeBulkFile(ndjson: string, file: string): void {
  writeFileSync(file, `[${readFileSync(ndjson, "utf8").trimEnd().replaceAll("\n", ",")}]`);
}
