import { parseArgs } from "node:util";
import type { Door } from "../stack/stack";
import { type KeyKind, keyKinds, type SeedFormat, seedFormats } from "./generate-entries";

/** What the command line asks of a case; a case that has no use for an option ignores it. */
export interface Options {
  /** How many entries the set has. */
  readonly entries: number;
  /** What their keys look like. */
  readonly keys: KeyKind;
  /** Bytes of each value. */
  readonly valueBytes: number;
  /** What the source of the set is. */
  readonly format: SeedFormat;
  /** How many keys that are there already have another value. */
  readonly different: number;
  /** How many of the entries are changed. */
  readonly changed: number;
  /** Alternating pairs of runs, of which the medians count. */
  readonly runs: number;
  /** How many resources of one key there are. */
  readonly resources: number;
  /** How many of them the engine handles at once. */
  readonly parallel: number;
  /** Milliseconds that the emulator takes for an answer; undefined leaves it to the case. */
  readonly latencyMs: number | undefined;
  /** Who asks for the resources: a stand-in that hands on as fast as it can, or the Pulumi CLI. */
  readonly engine: "stand-in" | "real";
  /** Which way in the Pulumi CLI takes. */
  readonly door: Door;
  /** A tool to be measured beside ours, fetched when it is. */
  readonly peer: "wrangler" | undefined;
  /** An archive that `npm run package` has made, to be measured beside what npm installs. */
  readonly plugin: string | undefined;
}

export interface Command {
  readonly name: string;
  readonly json: boolean;
  readonly options: Options;
}

export const usage = `npm run bench -- CASE [--json] [--entries N] [--keys ${keyKinds.join("|")}] [--value-bytes N] [--format ${seedFormats.join("|")}] [--changed N] [--different N] [--runs N] [--peer wrangler] [--resources N] [--parallel N] [--latency MS] [--engine real] [--door plugin|dynamic] [--plugin ARCHIVE]`;

/** @throws Error with what is wrong of the command line. */
export function parseCommand(args: readonly string[]): Command {
  const { positionals, values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      entries: { type: "string", default: "100000" },
      keys: { type: "string", default: "paths" },
      "value-bytes": { type: "string", default: "100" },
      format: { type: "string", default: "ndjson" },
      changed: { type: "string", default: "100" },
      different: { type: "string", default: "15" },
      runs: { type: "string", default: "5" },
      resources: { type: "string", default: "1000" },
      parallel: { type: "string", default: "16" },
      latency: { type: "string" },
      engine: { type: "string", default: "stand-in" },
      door: { type: "string", default: "plugin" },
      peer: { type: "string" },
      plugin: { type: "string" },
    },
    allowPositionals: true,
  });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) throw new Error("exactly one CASE is to be named");
  const options = {
    entries: count("--entries", values.entries),
    keys: oneOf("--keys", values.keys, keyKinds),
    valueBytes: count("--value-bytes", values["value-bytes"]),
    format: oneOf("--format", values.format, seedFormats),
    changed: count("--changed", values.changed),
    different: count("--different", values.different),
    runs: count("--runs", values.runs),
    resources: count("--resources", values.resources),
    parallel: count("--parallel", values.parallel),
    latencyMs: values.latency === undefined ? undefined : count("--latency", values.latency),
    engine: oneOf("--engine", values.engine, ["stand-in", "real"] as const),
    door: oneOf("--door", values.door, ["plugin", "dynamic"] as const),
    peer: values.peer === undefined ? undefined : oneOf("--peer", values.peer, ["wrangler"] as const),
    plugin: values.plugin,
  };
  return { name, json: values.json, options };
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${option} must be a whole number from 1, not "${text}"`);
  return Number(text);
}

function oneOf<Name extends string>(option: string, text: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new Error(`${option} must be one of ${names.join(", ")}, not "${text}"`);
  return found;
}
