import { parseArgs } from "node:util";
import type { Result } from "./figures";
import { requests } from "./requests";
import { start } from "./start";

/** `npm run bench -- CASE [--json]`: one measured case; exit code 1 when it misses its bar. */
const cases: Readonly<Record<string, () => Promise<Result>>> = { start, requests };

bench().catch((error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
});

async function bench(): Promise<void> {
  const { positionals, values } = parseArgs({ options: { json: { type: "boolean" } }, allowPositionals: true });
  const run = cases[positionals[0] ?? ""];
  if (!run || positionals.length !== 1) {
    console.error(`usage: npm run bench -- CASE [--json], with one of ${Object.keys(cases).join(", ")} as CASE`);
    process.exitCode = 2;
    return;
  }
  const { misses, ...result } = await run();
  console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, null, 2));
  for (const miss of misses) console.error(`${result.case}: ${miss}`);
  process.exitCode = misses.length > 0 ? 1 : 0;
}
