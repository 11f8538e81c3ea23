import type { Message } from "google-protobuf";
import type { RpcRecord } from "./call";
import { Deployment } from "./deployment";
import type { PropertyChange } from "./diff";
import { runDeclarations, runProgram } from "./program";
import { Providers } from "./providers";
import { refreshState } from "./refresh";
import { Run, Stopped } from "./run";
import { serveEngine } from "./server";
import { Snapshot } from "./state";

export type { RpcRecord } from "./call";
export type { ResourceState } from "./state";

/*
 * A stand-in for the Pulumi engine, for tests and for machines without the Pulumi CLI. Its calls of providers, what
 * they carry and the states it leaves were compared with the real engine's (CLI 3.260) and are the same, but for:
 * - default providers only, and a DiffConfig that answers with a replacement is an error;
 * - options it does not have (aliases, ignoreChanges, protect, …) are refused, and `.get()` is not implemented;
 * - an archive's hash is its own; secrets are not encrypted; a refresh keeps dependencies on what is gone;
 * - no autonaming rules, no pending operations, no policies, hooks, transforms, targets or views;
 * - a call whose error carries details of more than 48 kB is never answered: Node.js drops headers of that size.
 */

/** A stack: its program, its state and its configuration. */
export interface StackOptions {
  /** A folder with Pulumi.yaml and a Node.js program. */
  readonly programDir: string;
  /** Declares in this process, in place of that program; the folder stays the providers'. */
  readonly declare?: (deployment: Deployment) => Promise<void>;
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

/** What an `up` would do; leaves the state alone. */
export function preview(options: StackOptions): Promise<OperationResult> {
  return deploy(options, true);
}

/** Makes everything as the program declares it. */
export function up(options: StackOptions): Promise<OperationResult> {
  return deploy(options, false);
}

/** Takes over into the state what is there; the program is not run. */
export function refresh(options: StackOptions): Promise<OperationResult> {
  return operate(options, false, refreshState);
}

/** Deletes everything; the program is not run. */
export function destroy(options: StackOptions): Promise<OperationResult> {
  return operate(options, false, (run, snapshot, providers) =>
    new Deployment(run, snapshot, providers).deleteTheRest(),
  );
}

function deploy(options: StackOptions, dryRun: boolean): Promise<OperationResult> {
  const { declare } = options;
  return operate(options, dryRun, (run, snapshot, providers) => {
    const deployment = new Deployment(run, snapshot, providers);
    return declare ? runDeclarations(run, deployment, declare) : runProgram(run, deployment);
  });
}

async function operate(
  options: StackOptions,
  dryRun: boolean,
  work: (run: Run, snapshot: Snapshot, providers: Providers) => Promise<void>,
): Promise<OperationResult> {
  const run = new Run(options, dryRun);
  const snapshot = new Snapshot(options.stateFile, dryRun);
  const providers = new Providers(run, snapshot);
  const engine = await serveEngine(run);
  const interrupted = () => {
    run.fail("", new Stopped());
    void providers.cancel();
  };
  options.interrupt?.addEventListener("abort", interrupted);
  try {
    await work(run, snapshot, providers);
  } catch (error) {
    run.fail("", error);
  } finally {
    options.interrupt?.removeEventListener("abort", interrupted);
    await providers.stop();
    engine.stop();
  }
  return run.result;
}
