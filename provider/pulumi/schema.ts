import type { z } from "zod";
import type { Properties } from "./resource-provider";
import type { SecretInputs } from "./secret-inputs";

/** Flags of a property, beside its description, that decide more than its form. */
declare module "zod" {
  interface GlobalMeta {
    /** A change replaces the resource. */
    replaces?: boolean;
    /** Always encrypted in state and hidden in output. */
    secret?: boolean;
    /** Environment variables that give the default, the first that is set. */
    env?: string[];
    /** Of free text, which a program may mean to write JSON into: what else it can do then. */
    textOr?: string;
    /** Pulumi's own type where JSON has none. */
    pulumiType?: "Asset" | "AssetOrArchive" | "Any";
    /** The zod type, where the rules are checked elsewhere. */
    shape?: object;
    /** What each value of an enum means. */
    values?: Readonly<Record<string, string>>;
    /** What holds where nothing is given; said, never sent. */
    default?: unknown;
    /** A change is told member by member. */
    members?: boolean;
    /** Of an output: what it tells is about these inputs, and secret when one of them is. */
    derivedFrom?: readonly string[];
    /** Of an output: no update changes it. */
    stable?: boolean;
    /** Of an input of a set: it decides which entries there are, and what they hold. */
    declares?: boolean;
  }
}

/** A kind of resource in words and rules: what check, the package schema and the SDK's types are made from. */
export interface ResourceSchema extends InputRules {
  readonly name: string;
  readonly description: string;
  readonly outputs: z.ZodObject;
  /** Outputs that no schema shows, for their names begin with "__". */
  readonly internal?: Readonly<Record<string, { readonly secret: boolean }>>;
  /** Whether names of keys are among these secrets. */
  readonly hidesKeys?: (secrets: SecretInputs) => boolean;
}

/** What may be given. */
export interface InputRules {
  readonly args: z.ZodObject;
  /** Properties of which exactly one, or at most one, is given. */
  readonly alternatives: readonly Alternatives[];
}

export interface Alternatives {
  readonly names: readonly string[];
  readonly required: boolean;
}

/** The properties that are always secret. */
export function secretNames({ shape }: z.ZodObject): string[] {
  return Object.keys(shape).filter((name) => (shape[name] as z.ZodType).meta()?.secret);
}

/** The outputs that are always secret. */
export function secretOutputsOf({ outputs, internal = {} }: ResourceSchema): string[] {
  const hidden = Object.keys(internal).filter((name) => internal[name]?.secret);
  return [...secretNames(outputs), ...hidden];
}

/** The inputs that each output tells something about, by the outputs' names. */
export function derivedOutputsOf({ outputs }: ResourceSchema): Record<string, readonly string[]> {
  const sources = namesIn(outputs).map((name) => [name, metaOf(outputs, name).derivedFrom] as const);
  return Object.fromEntries(sources.flatMap(([name, derivedFrom]) => (derivedFrom ? [[name, derivedFrom]] : [])));
}

/** What no update changes: only a replacement does. */
export function stablesOf({ args, outputs }: ResourceSchema): string[] {
  const inputs = namesIn(args).filter((name) => metaOf(args, name).replaces);
  return [...inputs, ...namesIn(outputs).filter((name) => metaOf(outputs, name).stable)];
}

/** What of a state is inputs. */
export function inputsIn(schema: ResourceSchema, state: Properties): Properties {
  const names = computedNames(schema);
  return Object.fromEntries(Object.entries(state).filter(([name]) => !names.has(name)));
}

/** What of a state the provider has computed. */
export function outputsIn(schema: ResourceSchema, state: Properties): Properties {
  const names = computedNames(schema);
  return Object.fromEntries(Object.entries(state).filter(([name]) => names.has(name)));
}

/** An output may be an input too, where it was left out. */
function computedNames({ args, outputs, internal = {} }: ResourceSchema): Set<string> {
  const computed = namesIn(outputs).filter((name) => !(name in args.shape));
  return new Set([...computed, ...Object.keys(internal)]);
}

function namesIn({ shape }: z.ZodObject): string[] {
  return Object.keys(shape);
}

function metaOf({ shape }: z.ZodObject, name: string): z.core.GlobalMeta {
  return (shape[name] as z.ZodType).meta() ?? {};
}
