import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");

/** Where the programs lie: a folder each, in a folder of their language. */
export const catalogue = join(root, "tests", "programs");

/** A program as a stranger writes it, and what must come of it. Its folder has the program, and this as program.json. */
export interface Program {
  /** `<language>/<folder>` */
  readonly name: string;
  readonly folder: string;
  /** What is tried, in a sentence. */
  readonly about: string;
  /** `real` where only the real engine has what is tried, or runs the language. */
  readonly engine?: "real";
  /** Namespaces that are there before, by their titles, with their keys. */
  readonly given?: Store;
  /** Of the stack; an empty text removes what every stack has. */
  readonly config?: Readonly<Record<string, string>>;
  /** For the program and the providers. */
  readonly env?: Readonly<Record<string, string>>;
  /** The program deletes nothing of it in the end: what is left then. By default what was given. */
  readonly left?: Store;
  readonly steps: readonly ProgramStep[];
}

/** One operation of the engine. Each must succeed, unless `fails` says how it does not. */
export interface ProgramStep {
  readonly do: "preview" | "up" | "refresh" | "destroy";
  /** Files that are put in place before, from others of the folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** What somebody else does before: `PUT <title>/<key>` with a value, or `DELETE <title>/<key>` with null. */
  readonly foreign?: Readonly<Record<string, string | null>>;
  /** `<op> <name>` of each step on a resource of ours, sorted. */
  readonly steps?: readonly string[];
  /** Part of what a user is shown. */
  readonly says?: string;
  /** The same, where the operation has to fail. */
  readonly fails?: string;
  /** What is in the store then: all of it. */
  readonly store?: Store;
  /** Some of the stack's outputs. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** Keys by the title of their namespace, of which `?` ends one that was made from the resource's name. */
export type Store = Readonly<Record<string, Readonly<Record<string, StoredValue>>>>;

/** A value alone where there is no more to it. */
export type StoredValue = string | { readonly value: string; readonly metadata?: unknown; readonly expires?: true };

export function programsIn(language: string): Program[] {
  const folder = join(catalogue, language);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .filter((name) => existsSync(join(folder, name, "program.json")))
    .map((name) => ({
      name: `${language}/${name}`,
      folder: join(folder, name),
      ...JSON.parse(readFileSync(join(folder, name, "program.json"), "utf8")),
    }));
}
