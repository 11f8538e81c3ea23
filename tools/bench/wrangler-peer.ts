import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "../interop/command";
import type { EmulatorProcess } from "./emulator-process";
import { timed } from "./provider-process";

/** The seconds of one `wrangler kv bulk put` of the same entries, with its start; wrangler is fetched for it. */
export async function wrangler(emulator: EmulatorProcess, ndjson: string, dir: string): Promise<number> {
  writeFileSync(join(dir, "package.json"), '{"private":true}');
  await output("npm", ["install", "--no-audit", "--no-fund", "--no-update-notifier", "wrangler@4"], { cwd: dir });
  const file = join(dir, "bulk.json");
  writeFileSync(file, `[${readFileSync(ndjson, "utf8").trimEnd().replaceAll("\n", ",")}]`);
  const namespace = await emulator.createNamespace("wrangler");
  const [accountId = "", namespaceId = ""] = namespace.id.split("/");
  const env = {
    CLOUDFLARE_API_BASE_URL: emulator.url,
    CLOUDFLARE_API_TOKEN: "bench",
    CLOUDFLARE_ACCOUNT_ID: accountId,
    WRANGLER_SEND_METRICS: "false",
  };
  const args = ["kv", "bulk", "put", file, "--namespace-id", namespaceId, "--remote"];
  const [seconds] = await timed(() => output(join(dir, "node_modules", ".bin", "wrangler"), args, { cwd: dir, env }));
  await emulator.deleteNamespace(namespace.id);
  return seconds;
}
