import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { readCaseFile } from "./case-file";
import { conform, type Verdict } from "./conform";

const usage = "usage: conformance <executable> <case file> [--runs N] [--seed N] [--only TEXT] [--parallel N]";

const maxExampleLength = 2_000;

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});

async function main(args: readonly string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: "string", default: "20" },
      seed: { type: "string" },
      only: { type: "string" },
      parallel: { type: "string", default: "1" },
    },
    allowPositionals: true,
  });
  const [executable, file, ...others] = positionals;
  const [runs, parallel] = [Number(values.runs), Number(values.parallel)];
  const seed = Number(values.seed ?? randomInt(2 ** 31));
  const isValid = runs > 0 && Number.isInteger(seed) && Number.isInteger(parallel) && parallel > 0;
  if (!executable || !file || others.length > 0 || !isValid) throw new Error(usage);
  const options = { runs, seed, only: values.only, parallel };
  const violations: Verdict[] = [];
  for await (const verdict of conform(executable, readCaseFile(file), options)) {
    console.log(textOf(verdict));
    if (verdict.violation) violations.push(verdict);
  }
  console.log(violations.length === 0 ? "conforms" : `${violations.length} violated (--seed ${seed})`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

function textOf({ about, sentence, violation }: Verdict): string {
  if (!violation) return `holds: ${about}: ${sentence}`;
  const { reason, counterexample } = violation;
  const example =
    counterexample === undefined ? "" : `\n  smallest: ${JSON.stringify(counterexample).slice(0, maxExampleLength)}`;
  return `VIOLATED: ${about}: ${sentence}\n  ${reason}${example}`;
}
