import { type Properties, unknown } from "../../tools/engine/property";
import { urnOf } from "../../tools/engine/urn";
import { type DoorClient, type Made, Refusal, type State } from "./door-client";

/** One resource of a program. `{$ref: "name.property"}` in its arguments stands for an output of another. */
export interface Declared {
  readonly type: "Namespace" | "KeyValue" | "KeyValueSet";
  readonly name: string;
  readonly args: Properties;
  /** Replaced whatever the diff says. */
  readonly isForced?: boolean;
  readonly isDeletedFirst?: boolean;
  /** Its step is not waited for before the next resource is registered; `together`: it begins when that one's does. */
  readonly isParallel?: boolean | "together";
}

/** A resource as the engine keeps it. */
export interface Kept extends State, Pick<Declared, "type" | "name"> {
  /** Then the engine asks for an update whatever the diff says. */
  readonly isUnfinished?: boolean;
}

/**
 * The steps of Pulumi's engine in their order, in this process, and the state that it keeps. Each operation is what one
 * client sees, and resolves with what has failed.
 */
export class Driver {
  #kept = new Map<string, Kept>();
  /** What was replaced, and could not be deleted yet. */
  #replaced: Kept[] = [];

  get state(): Kept[] {
    return [...this.#kept.values()];
  }

  /** Once a step has failed nothing is registered or deleted any more, but all that was begun ends. */
  async up(door: DoorClient, program: readonly Declared[]): Promise<string[]> {
    const failures = new Failures();
    const begun: Promise<unknown>[] = [];
    let waiting: (() => Promise<void>)[] = [];
    for (const declared of program) {
      const step = await failures.noting(this.#planned(door, declared));
      if (!step) break;
      waiting.push(step);
      if (declared.isParallel === "together") continue;
      begun.push(...waiting.map((begin) => failures.noting(begin())));
      waiting = [];
      if (!declared.isParallel) await begun.at(-1);
      if (failures.some) break;
    }
    begun.push(...waiting.map((begin) => failures.noting(begin())));
    await Promise.all(begun);
    if (failures.some) return failures.messages();
    const names = new Set(program.map(({ name }) => name));
    const others = this.state.filter(({ name }) => !names.has(name));
    return each([...this.#replaced, ...others], (kept) => this.#delete(door, kept));
  }

  refresh(door: DoorClient): Promise<string[]> {
    return each(this.state, async (kept) => {
      const { state } = await door.read(urn(kept), kept);
      if (state) this.#keep({ ...kept, ...state });
      else this.#kept.delete(kept.name);
    });
  }

  /** Answers what was known. */
  forget(): Kept[] {
    const known = this.state;
    this.#kept.clear();
    return known;
  }

  import(door: DoorClient, known: readonly Kept[]): Promise<string[]> {
    return each(known, async (kept) => {
      const { state } = await door.read(urn(kept), { id: kept.id, inputs: {}, outs: {} });
      if (!state) throw new Refusal(`resource '${kept.id}' does not exist`, []);
      this.#keep({ ...kept, ...state });
    });
  }

  /** The names of what the next preview would change. */
  async plan(door: DoorClient, program: readonly Declared[]): Promise<string[]> {
    const gone = this.state.filter(({ name }) => !program.some((declared) => declared.name === name));
    const changed = await Promise.all(
      program.map(async (declared) => {
        const { name } = declared;
        const old = this.#kept.get(name);
        if (!old || old.isUnfinished) return [name];
        const { changes } = await door.diff(urn(old), old, await this.#checked(door, declared, old.inputs));
        return changes ? [name] : [];
      }),
    );
    return [...gone.map(({ name }) => name), ...changed.flat()];
  }

  /** Check and Diff, and what they ask for. */
  async #planned(door: DoorClient, declared: Declared): Promise<() => Promise<void>> {
    const { type, name } = declared;
    const old = this.#kept.get(name);
    const inputs = await this.#checked(door, declared, old?.inputs);
    if (!old) return () => this.#make({ type, name, inputs }, door.create(urn(declared), inputs));
    const { changes, replaces } = await door.diff(urn(old), old, inputs);
    if (replaces || declared.isForced) {
      const news = await this.#checked(door, declared);
      return () => this.#replace(door, old, news, declared.isDeletedFirst);
    }
    // The engine keeps the old inputs beside the new outputs.
    if (changes || old.isUnfinished) return () => this.#make(old, door.update(urn(old), old, inputs));
    this.#keep({ ...old, inputs });
    return async () => {};
  }

  async #replace(door: DoorClient, old: Kept, inputs: Properties, isDeletedFirst = false): Promise<void> {
    const { type, name } = old;
    if (isDeletedFirst) await this.#delete(door, old);
    try {
      await this.#make({ type, name, inputs }, door.create(urn(old), inputs));
    } finally {
      if (!isDeletedFirst && this.#kept.get(name) !== old) this.#replaced.push(old);
    }
  }

  async #delete(door: DoorClient, kept: Kept): Promise<void> {
    await door.delete(urn(kept), kept);
    this.#replaced = this.#replaced.filter((other) => other !== kept);
    if (this.#kept.get(kept.name) === kept) this.#kept.delete(kept.name);
  }

  async #checked(door: DoorClient, declared: Declared, olds: Properties = {}): Promise<Properties> {
    const { answer, failures = [] } = await door.check(urn(declared), olds, this.#resolved(declared.args));
    if (failures.length > 0) throw new Refusal(failures.join("\n"), []);
    return answer;
  }

  #resolved(args: Properties): Properties {
    const outputOf = (reference: string) => {
      const [name = "", property = ""] = reference.split(".");
      return this.#kept.get(name)?.outs[property] ?? unknown;
    };
    return Object.fromEntries(
      Object.entries(args).map(([name, value]) => {
        const isReference = typeof value === "object" && value !== null && "$ref" in value;
        return [name, isReference ? outputOf(String(value.$ref)) : value];
      }),
    );
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

/** What was refused in one operation. A defect of our own is no refusal. */
class Failures {
  readonly #errors: unknown[] = [];

  get some(): boolean {
    return this.#errors.length > 0;
  }

  async noting<T>(step: Promise<T>): Promise<T | undefined> {
    try {
      return await step;
    } catch (error) {
      this.#errors.push(error);
      return undefined;
    }
  }

  messages(): string[] {
    return this.#errors.map((error) => {
      if (!(error instanceof Refusal)) throw error;
      return error.message;
    });
  }
}

async function each(resources: readonly Kept[], step: (kept: Kept) => Promise<void>): Promise<string[]> {
  const failures = new Failures();
  await Promise.all(resources.map((kept) => failures.noting(step(kept))));
  return failures.messages();
}

function urn({ type, name }: Pick<Declared, "type" | "name">): string {
  return urnOf("dev", "app", "", `cloudflare-kv:index:${type}`, name);
}
