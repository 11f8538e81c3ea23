import type { Properties } from "../../tools/engine/property";
import { urnOf } from "../../tools/engine/urn";
import { type Asked, type Made, Refusal, type State } from "../doors/asked";

import { type Declared, newNamespacePlaceholder } from "./operation";

/** A resource as the engine keeps it. */
interface Kept extends State, Pick<Declared, "type" | "name"> {
  /** Then the engine asks for an update whatever the diff says. */
  readonly isUnfinished?: boolean;
}

/** What the engine keeps, and its steps in their order: one operation is what one door sees. */
export class Stack {
  #kept = new Map<string, Kept>();

  get state(): Kept[] {
    return [...this.#kept.values()];
  }

  /** Namespaces, then all else at once; then what is not declared is deleted. Resolves with what has failed. */
  async up(door: Asked, program: readonly Declared[]): Promise<string[]> {
    const failed: string[] = [];
    for (const isNamespace of [true, false]) {
      const steps = program.filter(({ type }) => (type === "Namespace") === isNamespace);
      failed.push(...(await failuresOf(steps.map((declared) => this.#step(door, declared)))));
      if (failed.length > 0) return failed;
    }
    const names = new Set(program.map(({ name }) => name));
    const others = this.state.filter(({ name }) => !names.has(name));
    return failuresOf(
      others.map(async (kept) => {
        await door.delete(urn(kept), kept);
        this.#kept.delete(kept.name);
      }),
    );
  }

  async refresh(door: Asked): Promise<string[]> {
    return failuresOf(
      this.state.map(async (kept) => {
        const { state } = await door.read(urn(kept), kept);
        if (state) this.#keep({ ...kept, ...state });
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

  import(door: Asked, known: readonly Kept[]): Promise<string[]> {
    return failuresOf(
      known.map(async (kept) => {
        const { state } = await door.read(urn(kept), { id: kept.id, inputs: {}, outs: {} });
        if (!state) throw new Refusal(`resource '${kept.id}' does not exist`, []);
        this.#keep({ ...kept, ...state });
      }),
    );
  }

  /** What the next preview would change. */
  async plan(door: Asked, program: readonly Declared[]): Promise<string[]> {
    const gone = this.state.filter(({ name }) => !program.some((declared) => declared.name === name));
    const changed = await Promise.all(
      program.map(async (declared) => {
        const { name } = declared;
        const old = this.#kept.get(name);
        if (!old || old.isUnfinished) return [name];
        const news = await this.#checked(door, declared);
        const { changes } = await door.diff(urn(old), old, news);
        return changes ? [name] : [];
      }),
    );
    return [...gone.map(({ name }) => name), ...changed.flat()];
  }

  /** With the namespace that the program itself makes. */
  #located({ args }: Declared): Properties {
    const { namespaceId = newNamespacePlaceholder } = this.#kept.get("namespace")?.outs ?? {};
    return args.namespaceId === newNamespacePlaceholder ? { ...args, namespaceId } : args;
  }

  async #step(door: Asked, declared: Declared): Promise<void> {
    const { type, name } = declared;
    const old = this.#kept.get(name);
    const inputs = await this.#checked(door, declared);
    if (!old) return this.#make({ type, name, inputs }, door.create(urn(declared), inputs));
    const { changes, replaces } = await door.diff(urn(old), old, inputs);
    if (replaces) throw new Error(`${name} would be replaced`);
    if (!changes && !old.isUnfinished) return this.#keep({ ...old, inputs });
    // The engine keeps the old inputs beside the new outputs.
    return this.#make(old, door.update(urn(old), old, inputs));
  }

  async #checked(door: Asked, declared: Declared): Promise<Properties> {
    const { inputs = {} } = this.#kept.get(declared.name) ?? {};
    const { answer, failures = [] } = await door.check(urn(declared), inputs, this.#located(declared));
    if (failures.length > 0) throw new Refusal(failures.join("\n"), []);
    return answer;
  }

  /** What is made although it has failed is kept too. */
  async #make(resource: Omit<Kept, "id" | "outs">, making: Promise<Made>): Promise<void> {
    try {
      this.#keep({ ...resource, ...(await making).state, isUnfinished: false });
    } catch (error) {
      if (error instanceof Refusal && error.unfinished) {
        this.#keep({ ...resource, ...error.unfinished, isUnfinished: true });
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
    if (!(error instanceof Refusal)) throw error;
    return error.message;
  });
}

function urn({ type, name }: Pick<Declared, "type" | "name">): string {
  return urnOf("dev", "app", "", `cloudflare-kv:index:${type}`, name);
}
