import type { Properties } from "../engine/property";

/** A door, asked as the engine asks it. What goes in and what comes out has secrets wrapped as on Pulumi's wire. */
export interface Asked {
  /** Without the namespace of the names. */
  configure(config: Readonly<Record<string, string>>): Promise<Answer>;
  check(urn: string, olds: Properties, news: Properties): Promise<Answer>;
  diff(urn: string, state: State, news: Properties): Promise<Answer>;
  create(urn: string, news: Properties): Promise<Answer>;
  update(urn: string, state: State, news: Properties): Promise<Answer>;
}

/** What the engine keeps of a resource. */
export interface State {
  readonly id: string;
  readonly inputs: Properties;
  readonly outs: Properties;
}

export interface Answer {
  readonly answer?: unknown;
  /** As the CLI prints them. */
  readonly failures?: readonly string[];
  readonly state?: State;
}

/** An answer that is an error: how it is worded, and what comes with it. */
export class Refusal extends Error {
  constructor(
    readonly texts: readonly string[],
    readonly reasons: readonly string[] = [],
    /** Of the resource that is there although the call has failed. */
    readonly outs?: Properties,
  ) {
    super(texts[0]);
  }
}

/** With the value of the property that it names, which the CLI prints whether it is secret or not. */
export function printedFailure({ property, reason }: { property: string; reason: string }, shown: Properties): string {
  return property === "" ? reason : `${property} ${reason}: ${JSON.stringify(shown[property])}`;
}
