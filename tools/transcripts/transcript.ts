import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Emulator } from "../../provider/emulator/emulator";
import type { Fault } from "../../provider/emulator/fault";
import type { Properties } from "../engine/property";
import type { Door } from "../stack/stack";

/** A file of the program. */
export interface WrittenFile {
  readonly path: string;
  /** Null for one that is removed. */
  readonly text: string | null;
}

/** A request of somebody else. */
export interface ForeignRequest {
  readonly method: string;
  /** Below the account's namespaces. */
  readonly path: string;
  readonly body?: string;
}

const folder = join(__dirname, "..", "..", "..", "tests", "transcripts");

/** What happened to a door's provider and its store in one scenario, played by the real engine. */
export interface Transcript {
  readonly scenario: string;
  readonly door: Door;
  readonly events: readonly TranscriptEvent[];
}

/** What the scenario did: run the engine, make the API fail, act on the store as somebody else, or write a file. */
export type TranscriptEvent =
  | Operation
  | { readonly faults: Fault[] }
  | { readonly foreign: ForeignRequest }
  | { readonly file: WrittenFile };

/** One command of the engine: a process of the provider from the first call to the last. */
export interface Operation {
  /** As on the command line, without what every command has. */
  readonly pulumi: string;
  /** What the provider's environment has on top of the machine's. */
  readonly env: Readonly<Record<string, string>>;
  /** In the order in which the engine sent them. */
  readonly calls: readonly Call[];
  /** What the provider told the user: `warning a: …`. */
  readonly said: readonly string[];
  /** The store when the command had ended. */
  readonly store: readonly Namespace[];
}

/** One call of the provider, in the words of the protocol, without the fields that have their default. */
export interface Call {
  readonly method: string;
  readonly request: Properties;
  readonly answer?: Properties;
  readonly error?: CallFailure;
  /** No answer came: the provider was killed when it had sent this request to the API. */
  readonly killedAt?: string;
}

export interface CallFailure {
  /** As gRPC names it: `INVALID_ARGUMENT`. */
  readonly code: string;
  readonly message: string;
  /** What was made although it failed, as `ErrorResourceInitFailed` tells it. */
  readonly unfinished?: Unfinished;
}

export interface Unfinished {
  readonly id: string;
  readonly properties: Properties;
  readonly reasons: readonly string[];
}

export interface Namespace {
  readonly title: string;
  readonly keys: Readonly<Record<string, Entry>>;
}

export interface Entry {
  readonly value: string;
  readonly metadata?: unknown;
  readonly expiration?: number;
}

/** Below the folder of its subject, which is one file of scenarios. */
export function fileNameOf(subject: string, scenario: string, door: Door): string {
  const slug = scenario.replace(/\W+/g, "-").replace(/^-|-$/g, "");
  return join(subject, `${slug}.${door}.json`);
}

/** Who serves each door, as the engine calls it. */
export const packages: Readonly<Record<Door, string>> = { dynamic: "pulumi-nodejs", plugin: "cloudflare-kv" };

/** The names of all files, of one subject or of all. */
export function recorded(subject?: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".json") && (subject === undefined || dirname(name) === subject));
}

export function readTranscript(fileName: string): Transcript {
  return JSON.parse(readFileSync(join(folder, fileName), "utf8")) as Transcript;
}

export function writeTranscript(subject: string, transcript: Transcript): void {
  const file = join(folder, fileNameOf(subject, transcript.scenario, transcript.door));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${pretty(transcript)}\n`);
}

/** What fits stays on its line. */
function pretty(value: unknown, indent = ""): string {
  const text = JSON.stringify(value);
  if (typeof value !== "object" || value === null || indent.length + text.length <= 150) return text;
  const inner = `${indent} `;
  if (Array.isArray(value)) {
    const elements = value.map((element) => inner + pretty(element, inner));
    return `[\n${elements.join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value).map(
    ([name, member]) => `${inner}${JSON.stringify(name)}: ${pretty(member, inner)}`,
  );
  return `{\n${members.join(",\n")}\n${indent}}`;
}

export function storeOf(emulator: Emulator): Namespace[] {
  return emulator.namespaces().map(({ id, title }) => {
    const keys = emulator.keys(id).map((key) => [key, entryOf(emulator, id, key)] as const);
    return { title, keys: Object.fromEntries(keys) };
  });
}

function entryOf(emulator: Emulator, namespaceId: string, key: string): Entry {
  const { value, metadata, expiration } = emulator.entry(namespaceId, key) ?? {};
  return {
    value: String(value),
    ...(metadata === null ? {} : { metadata }),
    ...(expiration === undefined ? {} : { expiration }),
  };
}
