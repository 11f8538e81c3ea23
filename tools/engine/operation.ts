import type { Message } from "google-protobuf";
import type { RpcRecord } from "./call";
import type { PropertyChange } from "./diff";
import type { ResourceState } from "./state";

/** What a program's declaration says beyond the state to be. */
export interface Wishes {
  /** Of the provider. */
  readonly version: string;
  readonly deleteBeforeReplace?: boolean;
}

/** Where a program declares. */
export interface Registry {
  /** Completes the state once the resource is as declared. */
  register(state: ResourceState, wishes: Wishes): Promise<void>;
}

/** What it returns are the stack's outputs. */
export type InlineProgram = () => Promise<Readonly<Record<string, unknown>>>;

/** A provider that listens. */
export interface StartedProvider {
  readonly address: string;
  readonly pid: number;
  end(): Promise<unknown>;
}

export type StartProvider = (options: {
  readonly engineAddress: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}) => Promise<StartedProvider>;

export type Declare = (registry: Registry) => Promise<void>;

/** A stack: its program, its state and its configuration. */
export interface StackOptions {
  /** A folder with Pulumi.yaml and a Node.js program. */
  readonly programDir: string;
  /** Runs in this process, in place of that program; the folder stays the providers'. */
  readonly program?: InlineProgram | undefined;
  /** The same, where a program would add nothing. */
  readonly declare?: Declare | undefined;
  /** A JSON file; it need not exist. */
  readonly stateFile: string;
  /** Full keys: `cloudflare-kv:apiToken`. */
  readonly config: Readonly<Record<string, string>>;
  /** Those of the keys that are secret. */
  readonly secretConfig?: readonly string[];
  /** For the program and the providers, on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default `project`. */
  readonly project?: string;
  /** Default `dev`. */
  readonly stack?: string;
  /** The executable that serves every package but dynamic resources; default: this repository's. */
  readonly pluginPath?: string;
  /** Starts the provider of every package but dynamic resources, in place of that executable. */
  readonly startPlugin?: StartProvider | undefined;
  /** How many resources are worked on at a time; default 16. */
  readonly parallel?: number;
  /** Awaited before each call of a provider is sent: the moment to kill it. */
  readonly onCall?: (call: RpcRecord, provider: { pid: number; package: string }) => void | Promise<void>;
  /** Told of each answer, and of what an error says was made in spite of it. */
  readonly onAnswer?: (call: RpcRecord, answer: Message) => void;
  /** Ctrl-C: every provider is sent Cancel, what is under way ends, and nothing more begins. */
  readonly interrupt?: AbortSignal;
}

export interface Step {
  readonly op:
    | "same"
    | "create"
    | "update"
    | "delete"
    | "replace"
    | "create-replacement"
    | "delete-replaced"
    | "remove-pending-replace"
    | "refresh";
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  /** Of a refresh: what it found. */
  result?: "same" | "update" | "delete";
  detailedDiff?: Record<string, PropertyChange>;
  replaceReasons?: string[];
  diffs?: string[];
}

export interface EngineLog {
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly urn: string;
  readonly message: string;
  readonly ephemeral: boolean;
}

export interface OperationResult {
  ok: boolean;
  /** In the order in which they began, the one that failed included; without the providers' own. */
  readonly steps: Step[];
  /** The summary: how many of `same`, `create`, `update`, `replace` and `delete` succeeded. */
  readonly changes: Record<string, number>;
  /** As a user would read them, with the resource's type and name. */
  readonly errors: string[];
  readonly logs: EngineLog[];
  /** The stack's outputs, with `[secret]` and `[unknown]` where a value is not to be told. */
  outputs: Record<string, unknown>;
  /** Every call of every provider, in the order in which they were sent. */
  readonly rpc: RpcRecord[];
  /** Everything the program and the providers printed. */
  stdio: string;
}
