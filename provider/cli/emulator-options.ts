import { parseArgs } from "node:util";
import { messageOf } from "../emulator/reasons";
import type { Seed } from "./seed";
import type { WranglerOption } from "./wrangler-option";

export const usageOf = (name: string) => `usage: ${name} [--port P] [--file F | --wrangler [C] [--persist-to DIR]]
                  [--seed F --namespace T] [--json-values] [--latency MS] [--verbose]

  --port P           the port on 127.0.0.1; 0, the default, takes any free one
  --file F           where the data is kept; without it, in memory
  --wrangler [C]     serves the local store of wrangler dev; C is wrangler.jsonc, wrangler.json or wrangler.toml,
                     by default the one of this folder or above it
  --persist-to DIR   as it is given to wrangler dev; by default .wrangler/state beside the configuration
  --seed F           starts with the keys of a file, in any format that a set reads, or of a folder ...
  --namespace T      ... in the namespace of this title; both may be given more than once
  --json-values      stores what is no text in the file of a --seed as JSON
  --latency MS       milliseconds that every answer takes longer
  --verbose          prints a line for each request`;

export interface Options {
  readonly port: number;
  readonly latencyMs: number;
  readonly file: string | undefined;
  readonly wrangler: WranglerOption | undefined;
  readonly seeds: readonly Seed[];
  readonly isVerbose: boolean;
}

const text = { type: "string" } as const;
const texts = { type: "string", multiple: true, default: [] as string[] } as const;
const flag = { type: "boolean", default: false } as const;
const known = {
  ...{ port: text, file: text, wrangler: text, "persist-to": text, latency: text, verbose: flag },
  ...{ seed: texts, namespace: texts, "json-values": flag },
  help: { type: "boolean", short: "h" },
} as const;

const expected =
  "--port P, --file F, --wrangler [C], --persist-to DIR, --seed F, --namespace T, --json-values, --latency MS " +
  "and --verbose";

/** The options, "help", or the sentence that says what is wrong with them. */
export function readOptions(args: string[]): Options | string {
  try {
    const { values } = parseArgs({ args: withValues(args), options: known });
    if (values.help) return "help";
    const { file, wrangler, "persist-to": persistTo, seed, namespace, verbose } = values;
    if (file !== undefined && wrangler !== undefined) throw new Error("Either --file or --wrangler, not both");
    if (persistTo !== undefined && wrangler === undefined) throw new Error("Give --wrangler with --persist-to");
    const jsonValues = values["json-values"];
    if (namespace.includes("")) throw new Error("Give a title with --namespace");
    if (seed.length !== namespace.length) throw new Error("Give one --namespace with each --seed");
    return {
      port: wholeNumber("--port", values.port, 65_535),
      latencyMs: wholeNumber("--latency", values.latency, 3_600_000),
      file,
      wrangler: wrangler === undefined ? undefined : { configuration: wrangler || undefined, persistTo },
      seeds: seed.map((name, index) => ({ file: name, title: namespace[index] ?? "", jsonValues })),
      isVerbose: verbose,
    };
  } catch (error) {
    const [problem] = messageOf(error).split(". ");
    return `${problem}: expected ${expected}, each optional.`;
  }
}

/** `--wrangler` may stand alone. */
function withValues(args: string[]): string[] {
  const isAlone = (index: number) => args[index] === "--wrangler" && (args[index + 1] ?? "-").startsWith("-");
  return args.map((arg, index) => (isAlone(index) ? "--wrangler=" : arg));
}

function wholeNumber(option: string, given = "0", most: number): number {
  const number = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (number <= most) return number;
  throw new Error(`Invalid ${option} "${given}", not a whole number from 0 to ${most}`);
}
