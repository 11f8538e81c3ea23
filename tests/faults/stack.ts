import type { Properties } from "../engine/property";
import { type Door, type Kept, StepFailure, type TypeName } from "./door";
import { newNamespacePlaceholder } from "./operation";

/** One resource of a program. */
export interface Declared {
  readonly type: TypeName;
  readonly name: string;
  readonly args: Properties;
}

/** What the engine keeps, and its steps in their order: one operation is what one door sees. */
export class Stack {
  #kept = new Map<string, Kept>();

  get state(): Kept[] {
    return [...this.#kept.values()];
  }

  /** Namespaces, then all else at once; then what is not declared is deleted. Resolves with what has failed. */
  async up(door: Door, program: readonly Declared[]): Promise<string[]> {
    const failed: string[] = [];
    for (const isNamespace of [true, false]) {
      const steps = program.filter(({ type }) => (type === "Namespace") === isNamespace);
      failed.push(...(await failuresOf(steps.map((declared) => this.#step(door, this.#located(declared))))));
      if (failed.length > 0) return failed;
    }
    const names = new Set(program.map(({ name }) => name));
    const others = this.state.filter(({ name }) => !names.has(name));
    return failuresOf(
      others.map(async (kept) => {
        await door.delete(kept);
        this.#kept.delete(kept.name);
      }),
    );
  }

  async refresh(door: Door): Promise<string[]> {
    return failuresOf(
      this.state.map(async (kept) => {
        const found = await door.read(kept);
        if (found) this.#keep(found);
        else this.#kept.delete(kept.name);
      }),
    );
  }

  /** Answers what was known. */
  forget(): Kept[] {
    const known = this.state;
    this.#kept.clear();
    return known;
  }

  import(door: Door, known: readonly Kept[]): Promise<string[]> {
    return failuresOf(
      known.map(async ({ type, name, id }) => {
        const found = await door.read({ type, name, id, inputs: {}, outs: {} });
        if (!found) throw new StepFailure(`resource '${id}' does not exist`);
        this.#keep(found);
      }),
    );
  }

  /** What the next preview would change. */
  async plan(door: Door, program: readonly Declared[]): Promise<string[]> {
    const gone = this.state.filter(({ name }) => !program.some((declared) => declared.name === name));
    const changed = await Promise.all(
      program.map(async (declared) => {
        const { type, name, args } = this.#located(declared);
        const old = this.#kept.get(name);
        if (!old || old.isUnfinished) return [name];
        const news = await door.check(type, name, old.inputs, args);
        const { changes } = await door.diff(old, news);
        return changes ? [name] : [];
      }),
    );
    return [...gone.map(({ name }) => name), ...changed.flat()];
  }

  /** With the namespace that the program itself makes. */
  #located(declared: Declared): Declared {
    const { namespaceId = newNamespacePlaceholder } = this.#kept.get("namespace")?.outs ?? {};
    if (declared.args.namespaceId !== newNamespacePlaceholder) return declared;
    return { ...declared, args: { ...declared.args, namespaceId } };
  }

  async #step(door: Door, { type, name, args }: Declared): Promise<void> {
    const old = this.#kept.get(name);
    const news = await door.check(type, name, old?.inputs ?? {}, args);
    if (!old) return this.#create(door, type, name, news);
    const { changes, replaces } = await door.diff(old, news);
    if (replaces) throw new Error(`${name} would be replaced`);
    if (!changes && !old.isUnfinished) return this.#keep({ ...old, inputs: news });
    try {
      this.#keep({ ...old, inputs: news, outs: await door.update(old, news), isUnfinished: false });
    } catch (error) {
      // The engine keeps the old inputs beside the new outputs.
      if (error instanceof StepFailure && error.unfinished) {
        this.#keep({ ...old, outs: error.unfinished.properties, isUnfinished: true });
      }
      throw error;
    }
  }

  async #create(door: Door, type: TypeName, name: string, inputs: Properties): Promise<void> {
    try {
      this.#keep({ type, name, inputs, ...(await door.create(type, name, inputs)) });
    } catch (error) {
      if (error instanceof StepFailure && error.unfinished) {
        const { id, properties } = error.unfinished;
        this.#keep({ type, name, inputs, id, outs: properties, isUnfinished: true });
      }
      throw error;
    }
  }

  #keep(kept: Kept): void {
    this.#kept.set(kept.name, kept);
  }
}

async function failuresOf(steps: readonly Promise<void>[]): Promise<string[]> {
  const results = await Promise.allSettled(steps);
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  return errors.map((error) => {
    if (!(error instanceof StepFailure)) throw error;
    return error.message;
  });
}
