import type { Result } from "./figures";
import { manifest } from "./manifest";
import { type Command, type Options, parseCommand, usage } from "./options";
import { requests } from "./requests";
import { start } from "./start";

/** `npm run bench -- CASE [--json]`: one measured case; exit code 1 when it misses its bar. */
const cases = new Map<string, (options: Options) => Promise<Result>>(Object.entries({ start, requests, manifest }));

bench(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
});

async function bench(args: readonly string[]): Promise<void> {
  const command = commandOf(args);
  const run = command && cases.get(command.name);
  if (!run) {
    console.error(`usage: ${usage}, with one of ${[...cases.keys()].join(", ")} as CASE`);
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
