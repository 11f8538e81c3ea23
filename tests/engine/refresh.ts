import { invert } from "./diff";
import { Gate } from "./gate";
import { withSecretOutputs } from "./property";
import type { Outcome } from "./provider";
import { isProvider, type Providers } from "./providers";
import type { Run } from "./run";
import type { ResourceState, Snapshot } from "./state";

/** Reads every resource in the state; a failure of one does not keep the others from being taken over. */
export async function refreshState(run: Run, snapshot: Snapshot, providers: Providers): Promise<void> {
  const found = new Map<ResourceState, ResourceState | undefined>();
  const gate = new Gate(run.options.parallel ?? 16);
  const refreshing = snapshot.base.map((old) =>
    gate.run(async () => {
      if (isProvider(old.urn)) return;
      try {
        found.set(old, await refreshOne(run, providers, old));
      } catch (error) {
        run.fail(old.urn, error);
      }
    }),
  );
  await Promise.all(refreshing);
  snapshot.rebase(found);
}

/** What is there now, or undefined when it is gone. */
async function refreshOne(run: Run, providers: Providers, old: ResourceState): Promise<ResourceState | undefined> {
  const step = run.begin("refresh", old);
  if (!old.provider || old.pendingReplacement) {
    run.finish(step, "same");
    return old;
  }
  const provider = await providers.ofState(old.provider);
  const outcome = await provider.read(old);
  if (outcome.reasons) warn(run, old, outcome.reasons);
  if (outcome.id === "" || !outcome.properties) {
    run.finish(step, "delete");
    return undefined;
  }
  const live = liveState(old, outcome);
  // The diff is that of an `up` after this refresh: what is there as the old, what was declared as the new.
  const diff = invert(await provider.diff(live, old.inputs));
  run.finish(step, diff.changes ? "update" : "same", diff);
  return live;
}

function liveState(old: ResourceState, outcome: Outcome): ResourceState {
  const inputs = outcome.inputs ?? old.inputs;
  const outputs = withSecretOutputs(outcome.properties ?? {}, inputs, old.additionalSecretOutputs);
  return { ...old, id: outcome.id, inputs, outputs, initErrors: outcome.reasons };
}

function warn(run: Run, old: ResourceState, reasons: string[]): void {
  const message = `Refreshed resource is in an unhealthy state:\n* ${reasons.join("\n* ")}`;
  run.log({ severity: "warning", urn: old.urn, message, ephemeral: false });
}
