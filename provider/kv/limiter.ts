import type { Clock } from "./clock";
import type { RemainingRequests } from "./rate-limit-headers";

export interface Rate {
  /** Requests in flight at once. */
  readonly maxConcurrency: number;
  /** Requests sent in any five minutes; more of them wait. */
  readonly requestsPerFiveMinutes: number;
}

/** Waits, telling what for; rejects when the request is given up meanwhile. */
export type Wait = (ms: number, reason: string) => Promise<void>;

const windowMs = 300_000;
/** Of the API's whole quota, what is left to other tools, which may send at this very moment. */
const reservedShare = 0.02;
/** The API tells times in whole seconds: what differs by less is one window. */
const roundingMs = 2000;

/** Decides when the next request of a credential may be sent, by whatever transport. */
export class Limiter {
  readonly #clock: Clock;
  #rate: Rate = { maxConcurrency: 1, requestsPerFiveMinutes: 1 };
  readonly #sentAt: number[] = [];
  readonly #queue: (() => void)[] = [];
  #inFlight = 0;
  #block = { untilMs: 0, reason: "" };
  #remaining = { untilMs: 0, left: 0, quota: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on; what was sent before still counts. */
  adjust(rate: Rate): void {
    this.#rate = rate;
  }

  /** How much of the budget is used, from 0 to 1: by this process, or by all tools where the API says so. */
  get usedShare(): number {
    const now = this.#clock.now();
    this.#forget(now);
    const { untilMs, left, quota } = this.#remaining;
    const ours = this.#sentAt.length / this.#rate.requestsPerFiveMinutes;
    const everyones = untilMs > now && quota > 0 ? 1 - left / quota : 0;
    return Math.min(Math.max(ours, everyones, 0), 1);
  }

  /** Waits for a free place, then for the rate. Whoever has entered must leave. */
  async enter(wait: Wait): Promise<void> {
    if (this.#inFlight >= this.#rate.maxConcurrency) {
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

  /** Hands the place to the next in line, if there is one, and the place still exists. */
  leave(): void {
    const next = this.#inFlight <= this.#rate.maxConcurrency ? this.#queue.shift() : undefined;
    if (next) {
      next();
    } else {
      this.#inFlight--;
    }
  }

  /** The API takes nothing from this credential for a while: what it was sent meanwhile would only be refused. */
  block(ms: number, reason: string): void {
    const untilMs = this.#clock.now() + ms;
    if (untilMs > this.#block.untilMs) this.#block = { untilMs, reason };
  }

  /** What an answer says of the rate, before whoever sent the request leaves. Answers may overtake each other. */
  observe({ left, quota = 0, resetMs }: RemainingRequests): void {
    const now = this.#clock.now();
    const untilMs = now + Math.min(resetMs, windowMs);
    const usable = left - (this.#inFlight - 1) - Math.ceil(quota * reservedShare);
    const isSameWindow = now < this.#remaining.untilMs && untilMs < this.#remaining.untilMs + roundingMs;
    if (!isSameWindow) this.#remaining = { untilMs, left: usable, quota };
    else this.#remaining.left = Math.min(this.#remaining.left, usable);
  }

  async #keepRate(wait: Wait): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      const { requestsPerFiveMinutes } = this.#rate;
      this.#forget(now);
      const [oldest] = this.#sentAt;
      const isFull = oldest !== undefined && this.#sentAt.length >= requestsPerFiveMinutes;
      if (this.#block.untilMs > now) {
        await wait(this.#block.untilMs - now, this.#block.reason);
      } else if (isFull) {
        const reason = `${requestsPerFiveMinutes} requests sent within five minutes (requestsPerFiveMinutes)`;
        await wait(oldest + windowMs - now, reason);
      } else if (this.#remaining.untilMs > now && this.#remaining.left <= 0) {
        await wait(this.#remaining.untilMs - now, "the API's limit is nearly reached, by all tools together");
      } else {
        this.#remaining.left--;
        this.#sentAt.push(now);
        return;
      }
    }
  }

  #forget(now: number): void {
    while (this.#sentAt[0] !== undefined && this.#sentAt[0] <= now - windowMs) this.#sentAt.shift();
  }
}
