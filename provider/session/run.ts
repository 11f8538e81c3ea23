import type { Claims } from "./claims";

/**
 * One run of a program, as far as this process serves it: from the first call, or from the moment when another engine
 * attaches, to Cancel. What is known of it ends with it.
 */
export class Run {
  readonly claims: Claims;
  readonly #parts = new Map<new () => unknown, unknown>();

  constructor(claims: Claims) {
    this.claims = claims;
  }

  /** What a kind of resource remembers from one call of the run to the next: one object of the class. */
  memory<T>(Kind: new () => T): T {
    const known = this.#parts.get(Kind) as T | undefined;
    const memory = known ?? new Kind();
    this.#parts.set(Kind, memory);
    return memory;
  }
}
