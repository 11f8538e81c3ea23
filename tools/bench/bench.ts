import { adopt } from "./adopt";
import { all, type Case } from "./all";
import { change } from "./change";
import { coalesce } from "./coalesce";
import { exporting } from "./export";
import { local } from "./local";
import { manifest } from "./manifest";
import { memory } from "./memory";
import { type Command, parseCommand, usage } from "./options";
import { preview } from "./preview";
import { refresh } from "./refresh";
import { requests } from "./requests";
import { seed } from "./seed";
import { start } from "./start";
import { up } from "./up";
import { yamlPreview } from "./yaml-preview";

/** `npm run bench -- CASE [--json]`: one measured case; exit code 1 when it misses its bar. */
const cases = new Map<string, Case>(
  Object.entries({
    start,
    memory,
    requests,
    coalesce,
    local,
    manifest,
    seed,
    change,
    adopt,
    export: exporting,
    refresh,
    preview,
    up,
    "yaml-preview": yamlPreview,
  }),
);

bench(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
});

async function bench(args: readonly string[]): Promise<void> {
  const command = commandOf(args);
  if (command?.name === "all") {
    process.exitCode = (await all(cases, command.options)) ? 0 : 1;
    return;
  }
  const run = command && cases.get(command.name);
  if (!run) {
    console.error(`usage: ${usage}, with one of ${[...cases.keys()].join(", ")}, all as CASE`);
    process.exitCode = 2;
    return;
  }
  const { misses, ...result } = await run(command.options);
  console.log(command.json ? JSON.stringify(result) : JSON.stringify(result, null, 2));
  for (const miss of misses) console.error(`${result.case}: ${miss}`);
  process.exitCode = misses.length > 0 ? 1 : 0;
}

function commandOf(args: readonly string[]): Command | undefined {
  try {
    return parseCommand(args);
  } catch (error) {
    if (!args.includes("--help")) console.error(error instanceof Error ? error.message : error);
    return undefined;
  }
}
