import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { readCaseFile } from "./case-file";
import { conform, type Verdict } from "./conform";

const usage = "usage: conformance <executable> <case file> [--runs N] [--seed N] [--only TEXT]";

const maxExampleLength = 2_000;

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});

async function main(args: readonly string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...args],
    options: { runs: { type: "string", default: "20" }, seed: { type: "string" }, only: { type: "string" } },
    allowPositionals: true,
  });
  const [executable, file, ...others] = positionals;
  const [runs, seed] = [Number(values.runs), Number(values.seed ?? randomInt(2 ** 31))];
  if (!executable || !file || others.length > 0 || !(runs > 0) || !Number.isInteger(seed)) throw new Error(usage);
  const violations: Verdict[] = [];
  for await (const verdict of conform(executable, readCaseFile(file), { runs, seed, only: values.only })) {
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
