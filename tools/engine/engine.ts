import { Deployment } from "./deployment";
import type { OperationResult, StackOptions } from "./operation";
import { runDeclarations, runProgram } from "./program";
import { Providers } from "./providers";
import { refreshState, refreshUncertain } from "./refresh";
import { Run, Stopped } from "./run";
import { serveEngine } from "./server";
import { Snapshot } from "./state";

export type { RpcRecord } from "./call";
export type {
  Declare,
  EngineLog,
  InlineProgram,
  OperationResult,
  StackOptions,
  StartProvider,
  Step,
} from "./operation";
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
  return operate(options, dryRun, async (run, snapshot, providers) => {
    await refreshUncertain(run, snapshot, providers);
    if (run.failed) return;
    const deployment = new Deployment(run, snapshot, providers);
    await (declare ? runDeclarations(run, deployment, declare) : runProgram(run, deployment));
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
    await engine.stop();
  }
  return run.result;
}
