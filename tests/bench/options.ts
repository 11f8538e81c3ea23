import { parseArgs } from "node:util";
import { type KeyKind, keyKinds } from "./generate-entries";

/** What the command line asks of a case; a case that has no use for an option ignores it. */
export interface Options {
  /** How many entries the set has. */
  readonly entries: number;
  /** What their keys look like. */
  readonly keys: KeyKind;
  /** Bytes of each value. */
  readonly valueBytes: number;
}

export interface Command {
  readonly name: string;
  readonly json: boolean;
  readonly options: Options;
}

export const usage = `npm run bench -- CASE [--json] [--entries N] [--keys ${keyKinds.join("|")}] [--value-bytes N]`;

/** @throws Error with what is wrong of the command line. */
export function parseCommand(args: readonly string[]): Command {
  const { positionals, values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      entries: { type: "string", default: "100000" },
      keys: { type: "string", default: "paths" },
      "value-bytes": { type: "string", default: "100" },
    },
    allowPositionals: true,
  });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) throw new Error("exactly one CASE is to be named");
  const entries = count("--entries", values.entries);
  const valueBytes = count("--value-bytes", values["value-bytes"]);
  return { name, json: values.json, options: { entries, keys: kind(values.keys), valueBytes } };
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${option} must be a whole number from 1, not "${text}"`);
  return Number(text);
}

function kind(text: string): KeyKind {
  const found = keyKinds.find((name) => name === text);
  if (!found) throw new Error(`--keys must be one of ${keyKinds.join(", ")}, not "${text}"`);
  return found;
}
