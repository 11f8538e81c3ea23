import { invert } from "./diff";
import { Gate } from "./gate";
import { withSecretOutputs } from "./property";
import { isProvider, type Providers } from "./providers";
import type { Run } from "./run";
import type { ResourceState, Snapshot } from "./state";

/** Reads every resource of the state; a failure of one does not keep the others from being taken over. */
export function refreshState(run: Run, snapshot: Snapshot, providers: Providers): Promise<void> {
  return refreshThose(run, snapshot, providers, () => true);
}

/** Before a plan: what a provider was not sure of. A failure ends the operation. */
export function refreshUncertain(run: Run, snapshot: Snapshot, providers: Providers): Promise<void> {
  return refreshThose(run, snapshot, providers, ({ refreshBeforeUpdate = false }) => refreshBeforeUpdate);
}

async function refreshThose(
  run: Run,
  snapshot: Snapshot,
  providers: Providers,
  isMeant: (state: ResourceState) => boolean,
): Promise<void> {
  const { base } = snapshot;
  if (!base.some(isMeant)) return;
  const gate = new Gate(run.options.parallel ?? 16);
  const looking = (old: ResourceState) => (isMeant(old) ? gate.run(() => refreshOne(run, providers, old)) : old);
  const found = await Promise.all(base.map(looking));
  snapshot.rebase(found.filter((state) => state !== undefined));
}

/** What is there now, or undefined when it is gone. */
async function refreshOne(run: Run, providers: Providers, old: ResourceState): Promise<ResourceState | undefined> {
  const unchanged = { ...old };
  if (isProvider(old.urn)) return unchanged;
  const step = run.begin("refresh", old);
  try {
    const provider = old.provider && (await providers.ofState(old.provider));
    if (!provider || old.pendingReplacement) {
      run.found(step, "same");
      return unchanged;
    }
    const { id, properties, inputs = old.inputs, reasons, refreshBeforeUpdate } = await provider.read(old);
    if (reasons) warn(run, old, reasons);
    if (id === "" || !properties) {
      run.found(step, "delete");
      return undefined;
    }
    const outputs = withSecretOutputs(properties, inputs, old.additionalSecretOutputs);
    const live = { ...old, id, inputs, outputs, initErrors: reasons, refreshBeforeUpdate };
    // The diff is that of an `up` after this refresh: what is there as the old, what was declared as the new.
    const diff = invert(await provider.diff(live, old.inputs));
    run.found(step, diff.changes ? "update" : "same", diff);
    return live;
  } catch (error) {
    run.fail(old.urn, error);
    return unchanged;
  }
}

function warn(run: Run, old: ResourceState, reasons: string[]): void {
  const message = `Refreshed resource is in an unhealthy state:\n* ${reasons.join("\n* ")}`;
  run.log({ severity: "warning", urn: old.urn, message, ephemeral: false });
}
