import type { Clock } from "./clock";

export interface LimiterOptions {
  /** Requests in flight at once. */
  readonly maxConcurrency: number;
  /** Requests sent in any five minutes; more of them wait. */
  readonly requestsPerFiveMinutes: number;
  readonly clock: Clock;
}

/** Waits, telling what for; rejects when the request is given up meanwhile. */
export type Wait = (ms: number, reason: string) => Promise<void>;

const windowMs = 300_000;

/** Decides when the next request of a credential may be sent. */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #sentAt: number[] = [];
  readonly #queue: (() => void)[] = [];
  #inFlight = 0;
  #block = { untilMs: 0, reason: "" };

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  /** Waits for a free place, then for the rate. Whoever has entered must leave. */
  async enter(wait: Wait): Promise<void> {
    if (this.#inFlight >= this.#options.maxConcurrency) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else {
      this.#inFlight++;
    }
    try {
      await this.#keepRate(wait);
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  /** Hands the place to the next in line, if there is one. */
  leave(): void {
    const next = this.#queue.shift();
    if (next) {
      next();
    } else {
      this.#inFlight--;
    }
  }

  /** The API takes nothing from this credential for a while: what it was sent meanwhile would only be refused. */
  block(ms: number, reason: string): void {
    const untilMs = this.#options.clock.now() + ms;
    if (untilMs > this.#block.untilMs) this.#block = { untilMs, reason };
  }

  async #keepRate(wait: Wait): Promise<void> {
    const { clock, requestsPerFiveMinutes } = this.#options;
    for (;;) {
      const now = clock.now();
      while (this.#sentAt[0] !== undefined && this.#sentAt[0] <= now - windowMs) this.#sentAt.shift();
      const [oldest] = this.#sentAt;
      const isFull = oldest !== undefined && this.#sentAt.length >= requestsPerFiveMinutes;
      if (this.#block.untilMs > now) {
        await wait(this.#block.untilMs - now, this.#block.reason);
      } else if (isFull) {
        const reason = `${requestsPerFiveMinutes} requests sent within five minutes (requestsPerFiveMinutes)`;
        await wait(oldest + windowMs - now, reason);
      } else {
        this.#sentAt.push(now);
        return;
      }
    }
  }
}
