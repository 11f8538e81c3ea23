import type { Clock } from "../provider/kv/clock";

/** Time that passes only by being slept: every wait is instant and known. */
export class FakeClock implements Clock {
  /** Of all sleeps, in milliseconds. */
  slept = 0;
  /** Called before each sleep, and waited for. */
  onSleep: () => void | Promise<void> = () => {};
  #nowMs = 1_900_000_000_000;

  /** Whoever has a clock of its own is told every change. */
  constructor(private readonly follow: (nowMs: number) => void = () => {}) {
    follow(this.#nowMs);
  }

  now(): number {
    return this.#nowMs;
  }

  get seconds(): number {
    return Math.floor(this.#nowMs / 1000);
  }

  random(): number {
    return 0;
  }

  /** Two sleeps at once pass together. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.onSleep();
    signal?.throwIfAborted();
    const until = this.#nowMs + ms;
    await new Promise(setImmediate);
    signal?.throwIfAborted();
    this.slept += ms;
    this.#set(Math.max(this.#nowMs, until));
  }

  advance(seconds: number): void {
    this.#set(this.#nowMs + seconds * 1000);
  }

  #set(nowMs: number): void {
    this.#nowMs = nowMs;
    this.follow(nowMs);
  }
}
