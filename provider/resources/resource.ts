import type { dynamic } from "@pulumi/pulumi";
import type { z } from "zod";
import type { CallOptions } from "../kv/client";
import { isUnauthorized, withRemedy } from "../kv/error";
import type { Session } from "../session/session";
import type { Path, SecretInputs } from "./secret-inputs";

/**
 * Property values as they are on Pulumi's wire: JSON, with unknowns and assets as Pulumi's own signatures.
 * Secrets are unwrapped before the core sees them, and told in `Call.secrets`; the doors wrap them again.
 */
export type Properties = Record<string, unknown>;

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

/** Where a resource's messages go. None of them may carry a value or a credential. */
export interface Log {
  /** Listed under the resource, in preview too. */
  info(message: string): void;
  /** Listed under the resource as a warning. */
  warning(message: string): void;
  /** Shown beside the resource while the call runs. */
  status(message: string): void;
}

/** What the engine offers to name a resource that has no name of its own. */
export interface Autonaming {
  /** Random bytes that are the same in a plan and its execution; may be empty. */
  readonly randomSeed: Uint8Array;
  /** What the stack's `pulumi:autonaming` says: adapt this name, use exactly this one, or name nothing. */
  readonly rule?: { readonly mode: "propose" | "enforce"; readonly name: string } | { readonly mode: "disable" };
}

/** What a door knows about the call it serves. */
export interface Call {
  /** The resource's URN; empty where the door is not told. */
  readonly urn: string;
  /** True where the engine only asks what would be: nothing may be sent that changes anything. */
  readonly preview: boolean;
  /** Ends when the engine cancels. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Which of the inputs are secret, new ones and old ones. The core has them in clear: no message may. */
  readonly secrets?: SecretInputs;
  /** True where that concerns names of keys. */
  readonly hidesKeys?: boolean;
  /** In check only, and only in the plugin door. */
  readonly autonaming?: Autonaming;
}

const silence: Log = { info() {}, warning() {}, status() {} };

/** A call of a door that tells nothing about it. */
export const quietCall: Call = { urn: "", preview: false, signal: new AbortController().signal, log: silence };

export interface CheckFailure {
  /** The path of the property that fails, such as `metadata.owner`; empty where it is the whole. */
  readonly property: string;
  /** A sentence that can stand alone after the path. It never quotes a value that can be a secret. */
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: CheckFailure[];
}

/** One changed property. `inputDiff`: the old value stands in the old inputs (else in the old outputs). */
export interface PropertyChange {
  readonly kind: "add" | "update" | "delete";
  readonly replace: boolean;
  readonly inputDiff: boolean;
}

export interface DiffResult {
  readonly changes: boolean;
  /** Changed properties by path; the top-level names of those that replace are in `replaces`. */
  readonly detailed: ReadonlyMap<string, PropertyChange>;
  readonly replaces: string[];
  readonly stables: string[];
  readonly deleteBeforeReplace: boolean;
  /** True where members of something have changed whose names are secret. */
  readonly hidesMembers?: boolean;
}

export interface CreateResult {
  readonly id: string;
  readonly outs: Properties;
}

export interface ReadResult {
  /** Empty when the object is gone. */
  readonly id: string;
  readonly props?: Properties;
  readonly inputs?: Properties;
  /** Why there is nothing to import, or to get. */
  readonly absence?: string;
  /** What is secret in `inputs` and `props` although nothing in the state says so: an import's values. */
  readonly secrets?: readonly Path[];
}

export interface UpdateResult {
  readonly outs: Properties;
}

/**
 * A resource's life: Pulumi's own `dynamic.ResourceProvider`, served by both doors. Where a door knows more
 * about a call than the dynamic process does, it says so in `call`.
 */
export interface Life extends dynamic.ResourceProvider<Properties, Properties> {
  /** `olds` are the inputs of the state; empty for a new resource, and in the second check of a replacement. */
  check(olds: Properties, news: Properties, call?: Call): Promise<CheckResult>;
  /** `olds` are the outputs of the state. */
  diff(id: string, olds: Properties, news: Properties, call?: Call): Promise<DiffResult>;
  /** In preview: the outputs that are known before anything is sent, and an empty id. */
  create(inputs: Properties, call?: Call): Promise<CreateResult>;
  /** Without `props` it is an import: only the id is known. */
  read(id: string, props?: Properties, call?: Call): Promise<ReadResult>;
  update(id: string, olds: Properties, news: Properties, call?: Call): Promise<UpdateResult>;
  delete(id: string, props: Properties, call?: Call): Promise<void>;
}

/**
 * Thrown by create and update when the object exists, or may exist, but is not as declared: the engine keeps
 * it in state with these reasons, and the next `up` continues from there.
 */
export class InitFailedError extends Error {
  constructor(
    readonly id: string,
    readonly properties: Properties,
    readonly reasons: string[],
    /** Top-level names that are secret although nothing in the call says so. */
    readonly secrets: readonly string[] = [],
  ) {
    super(reasons.join("\n"));
    this.name = "InitFailedError";
  }
}

/** What the user gave cannot be used, and it could not be known earlier. */
export class InputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InputError";
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown reason";
}

/** What a request needs of the call that it is made for. */
export function callOptions({ signal, log, hidesKeys = false }: Call): CallOptions {
  return { signal, onWait: log.status, hidesKeys };
}

const savedCredentialRemedy =
  "Refresh and destroy use the credential of the configuration that the last `pulumi up` saved in the state: " +
  "if it was replaced since, run `pulumi up` first, or add --run-program";

/** Refresh and destroy do not ask the configuration: a token that was rotated there since is not what they have. */
export async function withSavedCredential<T>({ config }: Session, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    const isSaved = config.credentialSource === "configuration";
    throw withRemedy(error, isSaved ? savedCredentialRemedy : "The credential is that of the environment");
  }
}
