import { InitFailedError } from "../../../provider/pulumi/errors";
import type { Properties } from "../../../provider/pulumi/resource-provider";
import type { Resource, TypeName, World } from "../world";

/** One resource of a program. */
export interface Declared {
  readonly type: TypeName;
  readonly name: string;
  readonly args: Properties;
  /** Replaced whatever the diff says. */
  readonly isForced: boolean;
  readonly isDeletedFirst: boolean;
  /** Its step is not waited for before the next resource is registered. */
  readonly isParallel: boolean;
}

interface Kept {
  resource: Resource;
  /** Then the engine asks for an update whatever the diff says. */
  hasInitErrors: boolean;
}

/** Runs programs with the steps of Pulumi's engine, and keeps their state. */
export class Engine {
  readonly #state = new Map<string, Kept>();
  /** What was replaced, and could not be deleted yet. */
  #pending: Resource[] = [];

  constructor(private readonly world: World) {}

  get resources(): Resource[] {
    return [...this.#state.values()].map(({ resource }) => resource);
  }

  /** False where a step has failed: then nothing is registered or deleted any more, but all that was begun ends. */
  async up(program: readonly Declared[]): Promise<boolean> {
    this.world.endRun();
    let hasFailed = false;
    const begun: Promise<void>[] = [];
    for (const declared of program) {
      if (hasFailed) break;
      const step = (await this.#plan(declared))().catch(() => {
        hasFailed = true;
      });
      begun.push(step);
      if (!declared.isParallel) await step;
    }
    await Promise.all(begun);
    return !hasFailed && this.#deleteOthers(new Set(program.map(({ name }) => name)));
  }

  /** Check and Diff, and what they ask for. */
  async #plan({ type, name, args, isForced, isDeletedFirst }: Declared): Promise<() => Promise<void>> {
    const kept = this.#state.get(name);
    if (!kept) {
      const inputs = await this.world.checked(type, name, args);
      return () => this.#create(type, name, inputs);
    }
    const { id, inputs: oldInputs, outs } = kept.resource;
    const call = this.world.call(name, {}, type);
    const inputs = await this.world.checked(type, name, args, oldInputs);
    const diff = await this.world.provider(type).diff(id, outs, inputs, call);
    if (isForced || diff.replaces.length > 0) {
      const news = await this.world.checked(type, name, args);
      return () => this.#replace(kept.resource, news, isDeletedFirst);
    }
    if (diff.changes || kept.hasInitErrors) return () => this.#update(kept.resource, inputs);
    this.#keep({ ...kept.resource, inputs });
    return async () => {};
  }

  async #create(type: TypeName, name: string, inputs: Properties): Promise<void> {
    try {
      const { id, outs } = await this.world.provider(type).create(inputs, this.world.call(name, {}, type));
      this.#keep({ type, name, id, inputs, outs });
    } catch (error) {
      if (error instanceof InitFailedError) {
        this.#keep({ type, name, id: error.id, inputs, outs: error.properties }, true);
      }
      throw error;
    }
  }

  async #replace(old: Resource, inputs: Properties, isDeletedFirst: boolean): Promise<void> {
    if (isDeletedFirst) {
      await this.world.delete(old);
      this.#state.delete(old.name);
      return this.#create(old.type, old.name, inputs);
    }
    try {
      await this.#create(old.type, old.name, inputs);
    } finally {
      if (this.#state.get(old.name)?.resource !== old) this.#pending.push(old);
    }
  }

  async #update(old: Resource, inputs: Properties): Promise<void> {
    const { type, name, id } = old;
    try {
      const { outs } = await this.world.provider(type).update(id, old.outs, inputs, this.world.call(name, {}, type));
      this.#keep({ ...old, inputs, outs });
    } catch (error) {
      if (error instanceof InitFailedError) this.#keep({ ...old, outs: error.properties }, true);
      throw error;
    }
  }

  async #deleteOthers(declared: ReadonlySet<string>): Promise<boolean> {
    const gone = this.resources.filter(({ name }) => !declared.has(name));
    const deletes = [...this.#pending, ...gone].map(async (resource) => {
      await this.world.delete(resource);
      this.#pending = this.#pending.filter((other) => other !== resource);
      if (this.#state.get(resource.name)?.resource === resource) this.#state.delete(resource.name);
    });
    const results = await Promise.allSettled(deletes);
    return results.every(({ status }) => status === "fulfilled");
  }

  #keep(resource: Resource, hasInitErrors = false): void {
    this.#state.set(resource.name, { resource, hasInitErrors });
  }
}
