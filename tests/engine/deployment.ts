import { type Diff, replacementFor } from "./diff";
import type { Step } from "./engine";
import { Gate } from "./gate";
import { changesBetween, type Properties, unknown, withHashes, withSecretOutputs } from "./property";
import type { Answer, Outcome, Provider } from "./provider";
import { isProvider, type Providers, urnOfProvider } from "./providers";
import { type Run, Stopped } from "./run";
import type { ResourceState, Snapshot } from "./state";
import { isStack, packageOf, urnOf } from "./urn";

/** A resource as the program declares it. */
export interface Goal {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string;
  readonly version: string;
  readonly inputs: Properties;
  readonly dependencies: string[];
  readonly propertyDependencies: Record<string, string[]>;
  readonly additionalSecretOutputs: string[];
  readonly deletedWith?: string;
  readonly retainOnDelete?: boolean;
  readonly deleteBeforeReplace?: boolean;
}

interface Action {
  readonly op: Step["op"];
  readonly state: ResourceState;
  readonly diff?: Diff | undefined;
  apply(): Promise<void>;
}

/**
 * What the engine does with a program's declarations: one at a time it checks and compares them, several at a
 * time it carries them out; what nobody declared is deleted when the program has ended.
 */
export class Deployment {
  private readonly planning = new Gate(1);
  private readonly working: Gate;
  private readonly underway = new Set<Promise<unknown>>();
  private readonly declared = new Map<string, ResourceState>();
  /** URNs whose old resource goes on living, under the same or another id. */
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

  /** Answers once the resource is as declared. */
  async register(goal: Goal): Promise<ResourceState> {
    const urn = urnOf(this.run.stack, this.run.project, goal.parent, goal.type, goal.name);
    const registered = this.guarded(urn, async () => {
      if (this.declared.has(urn)) throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
      const state = declaredState(urn, goal, withHashes(goal.inputs, this.run.options.programDir));
      this.declared.set(urn, state);
      await this.carryOut(goal.custom ? await this.planCustom(goal, state) : this.planComponent(state));
      return state;
    });
    this.underway.add(registered);
    registered.catch(() => {});
    return registered;
  }

  /** The stack's outputs wait for the end, when it is known whether all went well. */
  registerOutputs(urn: string, outputs: Properties): void {
    if (isStack(urn)) {
      this.stackOutputs = outputs;
      return;
    }
    const state = this.declared.get(urn);
    if (state) state.outputs = outputs;
    this.snapshot.save();
  }

  async invoke(token: string, version: string, args: Properties): Promise<Answer> {
    const { provider } = await this.providers.register(packageOf(token), version);
    return provider.invoke(token, args);
  }

  /** Deletes what was replaced and what is no longer declared: dependents first, independent ones together. */
  async deleteTheRest(): Promise<void> {
    if (this.run.failed) return;
    const actions: Action[] = [];
    for (const old of this.snapshot.base) {
      if (old.delete) {
        if (!this.deletedEarly.has(old)) actions.push(this.deletion("delete-replaced", old));
      } else if (!this.continued.has(old.urn) && !this.providers.isRegistered(old.urn)) {
        actions.push(old.pendingReplacement ? this.forgetting(old) : this.deletion("delete", old));
      }
    }
    for (const action of actions) this.deleted.add(action.state.urn);
    for (const wave of waves(actions)) {
      if (this.run.failed) return;
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
    this.run.outputs = stack.outputs;
    this.snapshot.save();
  }

  private planComponent(state: ResourceState): Action[] {
    const old = this.snapshot.old(state.urn);
    if (!old) return [this.creation(state)];
    this.continued.add(state.urn);
    const same = Object.keys(changesBetween(old.inputs, state.inputs)).length === 0;
    return [same ? this.same(state, old) : this.modification(state, old)];
  }

  private async planCustom(goal: Goal, state: ResourceState): Promise<Action[]> {
    const { provider, reference } = await this.providers.register(packageOf(goal.type), goal.version);
    state.provider = reference;
    return this.planning.run(() => this.plan(goal, state, provider));
  }

  private async plan(goal: Goal, state: ResourceState, provider: Provider): Promise<Action[]> {
    if (this.run.failed) throw new Stopped();
    const { urn } = state;
    const news = state.inputs;
    const old = this.snapshot.old(urn);
    const recreated = this.deleted.delete(urn);
    state.inputs = await this.checked(provider, urn, old && !recreated ? old.inputs : {}, news);
    if (!old) return [this.creation(state, provider)];
    this.continued.add(urn);
    if (recreated) {
      this.replaced.add(urn);
      return this.recreation(state, provider, old, replacementFor("dependency"));
    }
    const diff = await this.compared(provider, old, state);
    if (old.pendingReplacement || (diff.changes && diff.replace)) {
      this.replaced.add(urn);
      state.inputs = await this.checked(provider, urn, {}, news);
      const first = goal.deleteBeforeReplace ?? diff.deleteBeforeReplace;
      return first ? this.deleteFirst(state, provider, old, diff) : this.createFirst(state, provider, old, diff);
    }
    if (diff.changes || old.initErrors?.length) return [this.modification(state, old, provider, diff)];
    return [this.same(state, old)];
  }

  private async checked(provider: Provider, urn: string, olds: Properties, news: Properties): Promise<Properties> {
    const { properties, failures } = await provider.check(urn, olds, news);
    if (failures.length > 0) throw this.run.rejection(urn, news, failures);
    return properties;
  }

  private async compared(provider: Provider, old: ResourceState, state: ResourceState): Promise<Diff> {
    if (state.deletedWith && this.replaced.has(state.deletedWith)) return replacementFor("deletedWith");
    if (old.provider !== state.provider) throw new Error("another provider: this engine does not do that");
    return provider.diff(old, state.inputs);
  }

  private same(state: ResourceState, old: ResourceState): Action {
    const apply = async () => {
      this.settle(state, { id: old.id ?? "", properties: old.outputs }, old);
    };
    return { op: "same", state, apply };
  }

  private creation(state: ResourceState, provider?: Provider): Action {
    const apply = async () => {
      this.settle(state, provider && (await provider.create(state.urn, state.inputs)));
    };
    return { op: "create", state, apply };
  }

  private modification(state: ResourceState, old: ResourceState, provider?: Provider, diff?: Diff): Action {
    const apply = async () => {
      const outcome = await provider?.update(old, state.inputs);
      // What failed half-way still has its old inputs to the engine, so that the next diff shows what is left.
      this.settle(state, outcome, old, outcome?.reasons ? old.inputs : state.inputs);
    };
    return { op: "update", state, diff, apply };
  }

  /** The old one stays in the state, marked, until all else is done. */
  private createFirst(state: ResourceState, provider: Provider, old: ResourceState, diff: Diff): Action[] {
    const apply = async () => {
      const outcome = await provider.create(state.urn, state.inputs);
      old.delete = true;
      this.settle(state, outcome, old.pendingReplacement ? old : undefined);
    };
    return [{ op: "create-replacement", state, diff, apply }, logicalReplacement(state, diff)];
  }

  /** Dependents that the deletion takes with it are deleted before it, and made anew when the program declares them. */
  private async deleteFirst(
    state: ResourceState,
    provider: Provider,
    old: ResourceState,
    diff: Diff,
  ): Promise<Action[]> {
    const dependents = (await this.dependentsReplacedWith(old)).filter((each) => !this.deletedEarly.has(each));
    for (const dependent of dependents) this.deletedEarly.add(dependent);
    const condemned = [...(old.pendingReplacement ? [] : [old]), ...dependents].reverse();
    for (const each of condemned) this.deleted.add(each.urn);
    const deletions = condemned.map((each) => this.deletion(each.delete ? "delete" : "delete-replaced", each, true));
    return [...deletions, ...this.recreation(state, provider, old, diff)];
  }

  private recreation(state: ResourceState, provider: Provider, old: ResourceState, diff: Diff): Action[] {
    const apply = async () => {
      this.settle(state, await provider.create(state.urn, state.inputs), old);
    };
    return [logicalReplacement(state, diff), { op: "create-replacement", state, diff, apply }];
  }

  /** Those of the old state whose own diff calls for a replacement when what they take from `root` is not known. */
  private async dependentsReplacedWith(root: ResourceState): Promise<ResourceState[]> {
    const replaced = new Set([root.urn]);
    const reached = new Set([root.urn]);
    const found: ResourceState[] = [];
    for (const candidate of this.snapshot.base.slice(this.snapshot.base.indexOf(root) + 1)) {
      if (this.declared.has(candidate.urn) || !dependenciesOf(candidate).some((urn) => reached.has(urn))) continue;
      reached.add(candidate.urn);
      if (!candidate.custom || !candidate.provider || !(await this.replacedWith(replaced, candidate))) continue;
      replaced.add(candidate.urn);
      found.push(candidate);
    }
    return found;
  }

  private async replacedWith(replaced: ReadonlySet<string>, state: ResourceState): Promise<boolean> {
    if (state.deletedWith && replaced.has(state.deletedWith)) return true;
    const affected = Object.keys(state.inputs).filter((key) =>
      state.propertyDependencies[key]?.some((urn) => replaced.has(urn)),
    );
    if (affected.length === 0) return false;
    const provider = await this.providers.ofState(state.provider ?? "");
    const inputs = { ...state.inputs, ...Object.fromEntries(affected.map((key) => [key, unknown])) };
    return (await provider.diff(state, inputs)).replace;
  }

  /** An early deletion makes room for a replacement: until that exists, the state says that one is missing. */
  private deletion(op: Step["op"], old: ResourceState, early = false): Action {
    const apply = async () => {
      const goesAlong = old.deletedWith !== undefined && this.deleted.has(old.deletedWith);
      if (old.provider && !this.run.preview && !old.retainOnDelete && !goesAlong) {
        await (await this.providers.ofState(old.provider)).delete(old);
      }
      if (!early || old.delete) return this.snapshot.remove(old);
      old.pendingReplacement = true;
      this.snapshot.save();
    };
    return { op, state: old, apply };
  }

  private forgetting(old: ResourceState): Action {
    const apply = async () => this.snapshot.remove(old);
    return { op: "remove-pending-replace", state: old, apply };
  }

  private settle(
    state: ResourceState,
    outcome: Outcome | undefined,
    replaced?: ResourceState,
    inputs: Properties = state.inputs,
  ): void {
    state.id = outcome?.id;
    state.outputs = withSecretOutputs(outcome?.properties ?? {}, state.inputs, state.additionalSecretOutputs);
    state.inputs = inputs;
    state.initErrors = outcome?.reasons;
    this.snapshot.settle(state, replaced);
    if (outcome?.reasons) throw new Error(outcome.reasons.join("\n"));
  }

  private carryOut(actions: Action[]): Promise<void> {
    return this.working.run(async () => {
      for (const { op, state, diff, apply } of actions) {
        if (this.run.failed) throw new Stopped();
        const step = isProvider(state.urn) ? undefined : this.run.begin(op, state, diff);
        await apply();
        if (step && logicalOps.has(op)) this.run.count(op);
      }
    });
  }

  private async guarded<T>(urn: string, work: () => Promise<T>): Promise<T> {
    if (this.run.failed) throw new Stopped();
    try {
      return await work();
    } catch (error) {
      this.run.fail(urn, error);
      throw new Stopped();
    }
  }
}

/** What counts in a summary: not the parts of a replacement, but the replacement. */
const logicalOps: ReadonlySet<string> = new Set(["same", "create", "update", "replace", "delete"]);

function logicalReplacement(state: ResourceState, diff: Diff): Action {
  return { op: "replace", state, diff, apply: async () => {} };
}

function declaredState(urn: string, goal: Goal, inputs: Properties): ResourceState {
  const { type, custom, dependencies, propertyDependencies, additionalSecretOutputs } = goal;
  const declared = {
    urn,
    type,
    custom,
    inputs,
    outputs: {},
    dependencies,
    propertyDependencies,
    additionalSecretOutputs,
  };
  return {
    ...declared,
    ...(goal.parent !== "" && { parent: goal.parent }),
    ...(goal.deletedWith && { deletedWith: goal.deletedWith }),
    ...(goal.retainOnDelete && { retainOnDelete: true }),
  };
}

/** Resources that do not depend on each other, together; each before those it depends on. */
function waves(actions: readonly Action[]): Action[][] {
  const depths = new Map<string, number>();
  const found: Action[][] = [];
  for (const action of actions) {
    const beneath = [...dependenciesOf(action.state), ...parentsOf(action.state)].map((urn) => depths.get(urn) ?? -1);
    const depth = Math.max(-1, ...beneath) + 1;
    depths.set(action.state.urn, Math.max(depth, depths.get(action.state.urn) ?? 0));
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

function parentsOf(state: ResourceState): string[] {
  return state.parent ? [state.parent] : [];
}
