import type { z } from "zod";
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
    /** Free text, which a program may mean to write JSON into. */
    isText?: boolean;
    /** Pulumi's own type where JSON has none. */
    pulumiType?: "Asset" | "AssetOrArchive" | "Any";
    /** The zod type, where the rules are judged elsewhere. */
    shape?: object;
    /** What each value of an enum means. */
    values?: Readonly<Record<string, string>>;
    /** What holds where nothing is given, as one value; said, never sent. */
    default?: string | number | boolean;
  }
}

/** A kind of resource in words and rules: what check, the package schema and the SDK's types are made from. */
export interface ResourceSchema extends InputRules {
  readonly name: string;
  readonly description: string;
  readonly outputs: z.ZodObject;
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
