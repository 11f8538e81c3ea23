import { parseArgs } from "node:util";
import { type ChaosOptions, chaos } from "./chaos";
import type { Result } from "./result";
import { sabotages } from "./sabotage";

const usage = `npm run chaos -- [--runs N] [--seed S] [--json] [--parallel P] [--sabotage ${sabotages.join("|")}]`;
const mostShown = 10;

async function main(): Promise<void> {
  const { json, ...options } = parse(process.argv.slice(2));
  let shown = 0;
  const onResult = (result: Result) => {
    if (!result.isHarmless && shown++ < mostShown) tellFailure(result, options);
  };
  const total = await chaos({ ...options, onResult });
  if (json) console.log(JSON.stringify(total));
  else console.table(flat(total));
  if (total.neglected.length > 0) console.error(`tried in less than a twentieth of the runs: ${total.neglected}`);
  process.exitCode = total.isHarmless && total.neglected.length === 0 ? 0 : 1;
}

/** With the command that repeats it. */
function tellFailure({ seed, notes }: Result, { sabotage }: ChaosOptions): void {
  const how = sabotage ? ` --sabotage ${sabotage}` : "";
  const lines = [`npm run chaos -- --runs 1 --seed ${seed}${how}`, ...notes.slice(0, mostShown)];
  console.error(lines.join("\n  "));
}

function flat(total: Result): Record<string, number> {
  const { faults, ...rest } = total.toJSON();
  return { ...rest, ...Object.fromEntries(Object.entries(faults).map(([kind, count]) => [`fault: ${kind}`, count])) };
}

function parse(args: readonly string[]): ChaosOptions & { readonly json: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: "string", default: "100" },
      seed: { type: "string", default: "1" },
      parallel: { type: "string", default: "6" },
      json: { type: "boolean", default: false },
      sabotage: { type: "string" },
    },
  });
  const sabotage = sabotages.find((each) => each === values.sabotage);
  if (values.sabotage !== undefined && !sabotage) throw new Error(`--sabotage must be one of ${sabotages.join(", ")}`);
  const [runs, seed, parallel] = [
    count("runs", values.runs),
    count("seed", values.seed),
    count("parallel", values.parallel),
  ];
  return { runs, seed, parallel, json: values.json, sabotage };
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${option} must be a whole number from 1, not "${text}"`);
  return Number(text);
}

main().catch((error: unknown) => {
  console.error(
    error instanceof Error && !/^--|option/.test(error.message) ? error.stack : `${String(error)}\n${usage}`,
  );
  process.exitCode = 2;
});
