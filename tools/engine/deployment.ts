import type { Answer } from "./call";
import { type Diff, replacement } from "./diff";
import { Gate } from "./gate";
import type { Registry, Step, Wishes } from "./operation";
import { changesBetween, displayed, type Properties, unknown, withHashes, withSecretOutputs } from "./property";
import type { Outcome, Provider } from "./provider";
import { isProvider, type Providers, urnOfProvider } from "./providers";
import { type Run, Stopped } from "./run";
import type { ResourceState, Snapshot } from "./state";
import { isStack, packageOf } from "./urn";

interface Action {
  readonly op: Step["op"];
  readonly state: ResourceState;
  readonly diff?: Diff | undefined;
  apply(): Promise<void>;
}

/** What a summary counts: not the parts of a replacement, but the replacement. */
const logicalOps: ReadonlySet<string> = new Set(["same", "create", "update", "replace", "delete"]);

/**
 * What the engine makes of a program's declarations: one at a time it checks and compares them, several at a time
 * it carries them out; what nobody has declared is deleted when the program has ended.
 */
export class Deployment implements Registry {
  private readonly planning = new Gate(1);
  private readonly working: Gate;
  private readonly underway = new Set<Promise<unknown>>();
  private readonly declared = new Map<string, ResourceState>();
  /** URNs that live on, be it as a replacement. */
  private readonly continued = new Set<string>();
  private readonly replaced = new Set<string>();
  private readonly deleted = new Set<string>();
  private readonly deletedEarly = new Set<ResourceState>();
  private stackOutputs: Properties | undefined;

  constructor(
    private readonly run: Run,
    private readonly snapshot: Snapshot,
    private readonly providers: Providers,
  ) {
    this.working = new Gate(run.options.parallel ?? 16);
  }

  /** Completes the state once the resource is as declared. */
  register(state: ResourceState, wishes: Wishes): Promise<void> {
    return this.guarded(state.urn, async () => {
      if (this.declared.has(state.urn)) throw new Error(`Duplicate resource URN '${state.urn}'`);
      this.declared.set(state.urn, state);
      state.inputs = withHashes(state.inputs, this.run.options.programDir);
      await this.carryOut(state.custom ? await this.planCustom(state, wishes) : this.planComponent(state));
    });
  }

  /** The stack's outputs wait for the end, when it is known whether all went well. */
  registerOutputs(urn: string, outputs: Properties): void {
    const state = this.declared.get(urn);
    if (isStack(urn)) this.stackOutputs = outputs;
    else if (state) state.outputs = outputs;
    this.snapshot.save();
  }

  /** What goes wrong in the function itself is the program's to handle. */
  async invoke(token: string, version: string, args: Properties): Promise<Answer> {
    const { provider } = await this.guarded("", () => this.providers.register(packageOf(token), version));
    return provider.invoke(token, args);
  }

  /** Deletes what was replaced and what is no longer declared: dependents first, independent ones together. */
  async deleteTheRest(): Promise<void> {
    const actions: Action[] = [];
    for (const old of this.snapshot.base) {
      if (old.delete) {
        if (!this.deletedEarly.has(old)) actions.push(this.deletion("delete-replaced", old));
      } else if (!this.continued.has(old.urn) && !this.providers.isRegistered(old.urn)) {
        actions.push(this.deletion(old.pendingReplacement ? "remove-pending-replace" : "delete", old));
      }
    }
    for (const { state } of actions) this.deleted.add(state.urn);
    for (const wave of waves(actions)) {
      await Promise.allSettled(wave.map((action) => this.guarded(action.state.urn, () => this.carryOut([action]))));
    }
  }

  /** Waits for what is under way, and settles the stack's outputs: after a failure the old ones stay beneath. */
  async end(): Promise<void> {
    await Promise.allSettled(this.underway);
    const stack = [...this.declared.values()].find((state) => isStack(state.urn));
    if (!stack || !this.stackOutputs) return;
    const beneath = this.run.failed ? this.snapshot.old(stack.urn)?.outputs : {};
    stack.outputs = { ...beneath, ...this.stackOutputs };
    this.run.result.outputs = displayed(stack.outputs);
    this.snapshot.save();
  }

  private planComponent(state: ResourceState): Action[] {
    const old = this.snapshot.old(state.urn);
    if (!old) return [this.creation(state)];
    this.continued.add(state.urn);
    const same = Object.keys(changesBetween(old.inputs, state.inputs)).length === 0;
    return [same ? this.same(state, old) : this.modification(state, old)];
  }

  private async planCustom(state: ResourceState, wishes: Wishes): Promise<Action[]> {
    const { provider, reference } = await this.providers.register(packageOf(state.type), wishes.version);
    state.provider = reference;
    return this.planning.run(() => this.plan(state, wishes, provider));
  }

  private async plan(state: ResourceState, wishes: Wishes, provider: Provider): Promise<Action[]> {
    if (this.run.failed) throw new Stopped();
    const { urn, inputs: news } = state;
    const old = this.snapshot.old(urn);
    const recreated = this.deleted.delete(urn);
    state.inputs = await this.checked(provider, urn, old && !recreated ? old.inputs : {}, news);
    if (!old) return [this.creation(state, provider)];
    this.continued.add(urn);
    const diff = recreated ? replacement() : await this.compared(provider, old, state);
    if (!diff.replace && !old.pendingReplacement) {
      const changed = diff.changes || old.initErrors?.length;
      return [changed ? this.modification(state, old, provider, diff) : this.same(state, old)];
    }
    this.replaced.add(urn);
    if (!recreated) state.inputs = await this.checked(provider, urn, {}, news);
    const deleteFirst = wishes.deleteBeforeReplace ?? diff.deleteBeforeReplace;
    const logical = { op: "replace" as const, state, diff, apply: async () => {} };
    if (!recreated && !deleteFirst) return [this.creation(state, provider, old, diff, true), logical];
    const deletions = recreated ? [] : await this.earlyDeletions(old);
    return [...deletions, logical, this.creation(state, provider, old, diff)];
  }

  private async checked(provider: Provider, urn: string, olds: Properties, news: Properties): Promise<Properties> {
    const { properties, failures } = await provider.check(urn, olds, news);
    return failures.length > 0 ? this.run.reject(urn, news, failures) : properties;
  }

  private async compared(provider: Provider, old: ResourceState, state: ResourceState): Promise<Diff> {
    if (state.deletedWith && this.replaced.has(state.deletedWith)) return replacement("deletedWith");
    return provider.diff(old, state.inputs);
  }

  private same(state: ResourceState, old: ResourceState): Action {
    const { id, outputs: properties, refreshBeforeUpdate = false } = old;
    const outcome = { id, properties, ...(refreshBeforeUpdate && { refreshBeforeUpdate }) };
    const apply = async () => this.settle(state, outcome, old);
    return { op: "same", state, apply };
  }

  private modification(state: ResourceState, old: ResourceState, provider?: Provider, diff?: Diff): Action {
    // What failed half-way keeps its old inputs, so that the next diff shows what is left to do.
    const apply = async () => this.settle(state, await provider?.update(old, state.inputs), old, old.inputs);
    return { op: "update", state, diff, apply };
  }

  /** A replacement that comes first leaves the old one in the state, marked, until all else is done. */
  private creation(state: ResourceState, provider?: Provider, old?: ResourceState, diff?: Diff, first = false): Action {
    const apply = async () => {
      const outcome = await provider?.create(state.urn, state.inputs);
      if (old && first) old.delete = true;
      this.settle(state, outcome, first && !old?.pendingReplacement ? undefined : old);
    };
    return { op: old ? "create-replacement" : "create", state, diff, apply };
  }

  /** Dependents that the deletion takes with it go before it, and come anew when the program declares them. */
  private async earlyDeletions(old: ResourceState): Promise<Action[]> {
    const dependents = (await this.dependentsReplacedWith(old)).filter((each) => !this.deletedEarly.has(each));
    for (const dependent of dependents) this.deletedEarly.add(dependent);
    const condemned = [...(old.pendingReplacement ? [] : [old]), ...dependents].reverse();
    for (const each of condemned) this.deleted.add(each.urn);
    return condemned.map((each) => this.deletion(each.delete ? "delete" : "delete-replaced", each, true));
  }

  /** Those of the old state whose own diff calls for a replacement when what they take from `root` is not known. */
  private async dependentsReplacedWith(root: ResourceState): Promise<ResourceState[]> {
    const replaced = new Set([root.urn]);
    const reached = new Set([root.urn]);
    const found: ResourceState[] = [];
    for (const candidate of this.snapshot.base.slice(this.snapshot.base.indexOf(root) + 1)) {
      if (this.declared.has(candidate.urn) || !dependenciesOf(candidate).some((urn) => reached.has(urn))) continue;
      reached.add(candidate.urn);
      if (!candidate.provider || !(await this.isReplacedWith(replaced, candidate, candidate.provider))) continue;
      replaced.add(candidate.urn);
      found.push(candidate);
    }
    return found;
  }

  private async isReplacedWith(urns: ReadonlySet<string>, state: ResourceState, reference: string): Promise<boolean> {
    if (state.deletedWith && urns.has(state.deletedWith)) return true;
    const { inputs, propertyDependencies } = state;
    const affected = Object.keys(inputs).filter((key) => propertyDependencies[key]?.some((urn) => urns.has(urn)));
    if (affected.length === 0) return false;
    const provider = await this.providers.ofState(reference);
    const unknowns = Object.fromEntries(affected.map((key) => [key, unknown]));
    return (await provider.diff(state, { ...inputs, ...unknowns })).replace;
  }

  /** An early deletion makes room for a replacement: until that exists, the state says that one is missing. */
  private deletion(op: Step["op"], old: ResourceState, early = false): Action {
    const apply = async () => {
      const provider = old.provider ? await this.providers.ofState(old.provider) : undefined;
      const goesAlong = old.deletedWith !== undefined && this.deleted.has(old.deletedWith);
      const isGone = op === "remove-pending-replace" || goesAlong || old.retainOnDelete;
      if (!this.run.preview && !isGone) await provider?.delete(old);
      if (!early || old.delete) return this.snapshot.remove(old);
      old.pendingReplacement = true;
      this.snapshot.save();
    };
    return { op, state: old, apply };
  }

  private settle(
    state: ResourceState,
    outcome?: Partial<Outcome>,
    replaced?: ResourceState,
    inputsOfFailure = state.inputs,
  ): void {
    const { id, properties = {}, reasons, refreshBeforeUpdate } = outcome ?? {};
    const outputs = withSecretOutputs(properties, state.inputs, state.additionalSecretOutputs);
    Object.assign(state, {
      id,
      outputs,
      initErrors: reasons,
      refreshBeforeUpdate,
      inputs: reasons ? inputsOfFailure : state.inputs,
    });
    this.snapshot.settle(state, replaced);
    if (reasons) throw new Error(reasons.join("\n"));
  }

  private carryOut(actions: Action[]): Promise<void> {
    return this.working.run(async () => {
      for (const { op, state, diff, apply } of actions) {
        if (this.run.failed) throw new Stopped();
        if (!isProvider(state.urn)) this.run.begin(op, state, diff);
        await apply();
        if (!isProvider(state.urn) && logicalOps.has(op)) this.run.count(op);
      }
    });
  }

  /** The first failure ends the operation; what is under way goes on, and what comes later does not begin. */
  private guarded<T>(urn: string, work: () => Promise<T>): Promise<T> {
    if (this.run.failed) return Promise.reject(new Stopped());
    const task = work().catch((error: unknown) => {
      this.run.fail(urn, error);
      throw new Stopped();
    });
    this.underway.add(task);
    return task;
  }
}

/** Groups that can go at the same time, each before what it depends on. */
function waves(actions: readonly Action[]): Action[][] {
  const depths = new Map<string, number>();
  const found: Action[][] = [];
  for (const action of actions) {
    const { urn, parent = "" } = action.state;
    const beneath = [parent, ...dependenciesOf(action.state)].map((dependency) => depths.get(dependency) ?? -1);
    const depth = Math.max(...beneath) + 1;
    depths.set(urn, Math.max(depth, depths.get(urn) ?? 0));
    found[depth] = [...(found[depth] ?? []), action];
  }
  return found.reverse();
}

function dependenciesOf(state: ResourceState): string[] {
  const urns = [...state.dependencies, ...Object.values(state.propertyDependencies).flat()];
  if (state.deletedWith) urns.push(state.deletedWith);
  if (state.provider) urns.push(urnOfProvider(state.provider));
  return urns;
}
