import type { Properties } from "../../tools/engine/property";

/** A door, asked as the engine asks it. What goes in and what comes out has secrets wrapped as on Pulumi's wire. */
export interface DoorClient {
  /** Names without the namespace of the provider. */
  configure(config: Properties): Promise<Answer>;
  check(urn: string, olds: Properties, news: Properties): Promise<Checked>;
  diff(urn: string, state: State, news: Properties): Promise<Compared>;
  create(urn: string, news: Properties): Promise<Made>;
  update(urn: string, state: State, news: Properties): Promise<Made>;
  /** Without a state where it is gone. */
  read(urn: string, state: State): Promise<Answer>;
  delete(urn: string, state: State): Promise<Answer>;
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

export interface Checked extends Answer {
  readonly answer: Properties;
}

export interface Compared extends Answer {
  readonly changes: boolean;
  readonly replaces: boolean;
}

export interface Made extends Answer {
  readonly state: State;
}

/** An answer that is an error: what the user reads of it, how it is worded, and what comes with it. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly texts: readonly string[],
    readonly reasons: readonly string[] = [],
    /** The resource that is there although the call has failed. */
    readonly unfinished?: { readonly id: string; readonly outs: Properties },
  ) {
    super(reasons.join("\n") || message);
    this.name = "Refusal";
  }
}

/** With the value of the property that it names, which the CLI prints whether it is secret or not. */
export function printedFailure({ property, reason }: { property: string; reason: string }, shown: Properties): string {
  return property === "" ? reason : `${property} ${reason}: ${JSON.stringify(shown[property])}`;
}
