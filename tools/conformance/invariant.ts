import fc from "fast-check";
import type { ResourceCase } from "./case-file";
import type { Resource, State } from "./resource";
import { type Bag, type Path, pathsOf, replaced, type Value } from "./value";

/** A resource under test. */
export interface Subject extends Omit<ResourceCase, "inputs"> {
  readonly resource: Resource;
  /** Valid inputs. */
  readonly inputs: fc.Arbitrary<Bag>;
  /** How much was written so far, where that can be told. */
  readonly writes?: () => Promise<string>;
}

export interface Options {
  /** How many inputs are generated for each invariant. */
  readonly runs: number;
  /** What they are generated from: the same seed, the same inputs. */
  readonly seed: number;
  /** Tries those invariants alone whose sentence has this text. */
  readonly only?: string | undefined;
  /** How many providers are tried at the same time, each with services of its own: 1 where nothing is said. */
  readonly parallel?: number;
}

export interface Violation {
  readonly reason: string;
  /** The smallest input that was found to violate it. */
  readonly counterexample?: unknown;
}

/** What holds of every resource, whatever its inputs. */
export interface Invariant {
  /** As it is reported when it does not hold. */
  readonly sentence: string;
  /** Looks for an input for which it does not hold. */
  violation(subject: Subject, options: Options): Promise<Violation | undefined>;
}

interface Definition<Generated> {
  readonly sentence: string;
  generated(subject: Subject): fc.Arbitrary<Generated>;
  /** Throws where it does not. */
  holds(subject: Subject, generated: Generated): Promise<void>;
}

/** So long a smaller counterexample is looked for, in milliseconds. */
const searchMs = 20_000;

export function invariant<Generated>({ sentence, generated, holds }: Definition<Generated>): Invariant {
  return {
    sentence,
    async violation(subject, { runs, seed }) {
      let searchesUntil = Number.POSITIVE_INFINITY;
      const property = fc.asyncProperty(generated(subject), async (value) => {
        if (Date.now() > searchesUntil) return;
        try {
          await holds(subject, value);
        } catch (error) {
          searchesUntil = Math.min(searchesUntil, Date.now() + searchMs);
          throw error;
        }
      });
      const { failed, counterexample, errorInstance } = await fc.check(property, { numRuns: runs, seed });
      return failed ? { reason: reasonOf(errorInstance), counterexample: counterexample?.[0] } : undefined;
    },
  };
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Throws unless the condition holds. */
export function must(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence);
}

/** Inputs as Check has them; for those of an existing resource with its state. */
export async function checked({ resource }: Subject, news: Bag, olds: Bag = {}): Promise<Bag> {
  const { inputs, failures } = await resource.check(olds, news);
  must(failures.length === 0, `Check fails with ${failures.join("; ")}`);
  return inputs;
}

/** Creates the resource in an operation of its own, for a while; what `during` answers is what is then deleted. */
export async function living(
  subject: Subject,
  news: Bag,
  during: (state: State) => Promise<State | undefined>,
): Promise<State> {
  const { resource } = subject;
  const created = await resource.create(await checked(subject, news));
  let last = created;
  try {
    await resource.endOperation();
    last = (await during(created)) ?? created;
  } catch (error) {
    await end(resource, last).catch(() => {});
    throw error;
  }
  await end(resource, last);
  return last;
}

async function end(resource: Resource, state: State): Promise<void> {
  await resource.endOperation();
  await resource.delete(state);
}

/** Two inputs, the second of which an existing resource of the first can be updated to. */
export function updates({ inputs, replaces }: Subject): fc.Arbitrary<[Bag, Bag]> {
  return fc.tuple(inputs, inputs).map(([before, after]) => {
    const keeps = (bag: Bag, isKept: boolean) =>
      Object.fromEntries(Object.entries(bag).filter(([name]) => replaces.includes(name) === isKept));
    return [before, { ...keeps(after, false), ...keeps(before, true) }];
  });
}

/** Inputs of which one value has been changed, and where. */
export interface Marked {
  /** Empty where there is none to change. */
  readonly path: Path;
  readonly before: Bag;
  readonly after: Bag;
}

/** Changes one value of the inputs, at any depth, but in none of the properties that are excepted. */
export function marked(
  inputs: fc.Arbitrary<Bag>,
  mark: fc.Arbitrary<(value: Value) => Value>,
  except: readonly string[] = [],
): fc.Arbitrary<Marked> {
  return fc.tuple(inputs, fc.nat({ max: 999 }), mark).map(([before, choice, change]) => {
    const paths = pathsOf(before).filter(([name]) => !except.includes(String(name)));
    const path = paths[choice % paths.length] ?? [];
    return { path, before, after: path.length === 0 ? before : (replaced(before, path, change) as Bag) };
  });
}
