import type { Observer } from "../../provider/emulator/backend";
import type { Event } from "./plan";
import { stranger } from "./strangers";

/** Makes what happens at the k-th of our requests or answers happen there. */
export class Events {
  #events: readonly Event[] = [];
  #seen = { request: 0, answer: 0 };
  #happen: (event: Event) => void | Promise<void> = () => {};

  readonly onRequest: Observer = (request) => this.#sees("request", request.userAgent);
  readonly onAnswer: Observer = (request) => this.#sees("answer", request.userAgent);

  /** Counts from one again. */
  arm(events: readonly Event[], happen: (event: Event) => void | Promise<void>): void {
    this.#events = events;
    this.#happen = happen;
    this.#seen = { request: 0, answer: 0 };
  }

  disarm(): void {
    this.#events = [];
  }

  async #sees(when: Event["when"], userAgent: string | undefined): Promise<void> {
    if (userAgent === stranger) return;
    const at = ++this.#seen[when];
    for (const event of this.#events) if (event.when === when && event.at === at) await this.#happen(event);
  }
}
