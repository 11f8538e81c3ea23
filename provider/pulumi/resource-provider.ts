import type { Path, SecretInputs } from "./secret-inputs";

/**
 * Property values as they are on Pulumi's wire: JSON, with unknowns and assets as Pulumi's own signatures.
 * Secrets are unwrapped before the core sees them, and told in `Call.secrets`; both ways in wrap them again.
 */
export type Properties = Record<string, unknown>;

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

/** What a way in knows about the call it serves. */
export interface Call {
  /** The resource's URN; empty where that is not told. */
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
  /** In check only, and only in the plugin. */
  readonly autonaming?: Autonaming;
}

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
  /** True where it could not be told what is there, and `props` are as they were: the next plan has to ask again. */
  readonly isUncertain?: boolean;
  /** What is secret in `inputs` and `props` although nothing in the state says so: an import's values. */
  readonly secrets?: readonly Path[];
}

export interface UpdateResult {
  readonly outs: Properties;
}

/**
 * What one kind of resource does, as Pulumi's engine asks for it. Both ways in serve it, and tell in `call` what they
 * know about the call; the resources themselves are asked with more, their `Context`.
 */
export interface ResourceProvider<Context = Call> {
  /** `olds` are the inputs of the state; empty for a new resource, and in the second check of a replacement. */
  check(olds: Properties, news: Properties, call: Context): Promise<CheckResult>;
  /** `olds` are the outputs of the state. */
  diff(id: string, olds: Properties, news: Properties, call: Context): Promise<DiffResult>;
  /** In preview: the outputs that are known before anything is sent, and an empty id. */
  create(inputs: Properties, call: Context): Promise<CreateResult>;
  /** With empty `props` it is an import: only the id is known. */
  read(id: string, props: Properties, call: Context): Promise<ReadResult>;
  update(id: string, olds: Properties, news: Properties, call: Context): Promise<UpdateResult>;
  delete(id: string, props: Properties, call: Context): Promise<void>;
}
