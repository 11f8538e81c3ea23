import type { Observer } from "../../provider/emulator/backend";
import type { Event } from "./plan";
import { stranger } from "./strangers";

/** Makes what happens at the k-th of our requests or answers happen there. */
export class Events {
  #events: readonly Event[] = [];
  readonly #seen = new Map<string, number>();
  #happen: (event: Event) => void | Promise<void> = () => {};

  readonly onRequest: Observer = (request) => this.#sees("request", request);
  readonly onAnswer: Observer = (request) => this.#sees("answer", request);

  /** Counts from one again. */
  arm(events: readonly Event[], happen: (event: Event) => void | Promise<void>): void {
    this.#events = events;
    this.#happen = happen;
    this.#seen.clear();
  }

  disarm(): void {
    this.#events = [];
  }

  async #sees(when: Event["when"], { userAgent, operation }: Parameters<Observer>[0]): Promise<void> {
    if (userAgent === stranger) return;
    const [at, atOfOperation] = [this.#count(when), this.#count(`${when} ${operation}`)];
    const isNow = (event: Event) =>
      event.operation === undefined ? event.at === at : event.operation === operation && event.at === atOfOperation;
    for (const event of this.#events) if (event.when === when && isNow(event)) await this.#happen(event);
  }

  #count(what: string): number {
    const count = (this.#seen.get(what) ?? 0) + 1;
    this.#seen.set(what, count);
    return count;
  }
}
