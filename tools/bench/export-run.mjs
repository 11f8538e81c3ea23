// The command `cloudflare-kv export` with these arguments; prints the seconds, and the most memory of the process in MiB.
import { runExport } from "../../dist/provider/cli/export-command.js";

const startedAt = performance.now();
const code = await runExport(process.argv.slice(2));
if (code !== 0) process.exit(code);
console.log((performance.now() - startedAt) / 1000, Math.round(process.resourceUsage().maxRSS / 1024));
