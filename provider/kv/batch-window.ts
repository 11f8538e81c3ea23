import { setTimeout as delay } from "node:timers/promises";
import { whenAborted } from "./abort";
import type { CallOptions } from "./client";
import type { Clock } from "./clock";

/** A group leaves when for so long nothing has joined it, */
const quietMs = 2;
/** or when it could have left so long ago. */
const mostMs = 10;
/** What may be used of the budget before requests keep apart. */
const cheapShare = 0.05;
/**
 * Between two requests, once the whole budget of five minutes is used; in proportion while there is some left. Without
 * an end in sight some 250 requests of 1,000 are used in five minutes, and each carries what comes within a second.
 */
const mostPauseMs = 6_000;
/** What a user should be told of. */
const longMs = 1_000;

export interface Passenger {
  readonly options: CallOptions;
  /** Called when its signal ends while it still waits: it will not be sent. */
  giveUp(): void;
}

export interface WindowOptions<Item> {
  readonly clock: Clock;
  /** How much of the budget of requests is used, from 0 to 1. */
  readonly usedShare: () => number;
  /** As much as one request takes: it need not wait for anything. */
  readonly isFull: (items: readonly Item[]) => boolean;
  /** Settles when all have been answered; never rejects. */
  readonly send: (items: readonly Item[]) => Promise<void>;
}

/**
 * Collects what may share a request, each group for itself. While nothing is in flight that is what comes within some
 * milliseconds, and then what comes until the one in flight is answered. As the budget of requests runs down, what
 * comes until some time after the last has left.
 */
export class Window<Item extends Passenger> {
  readonly #options: WindowOptions<Item>;
  readonly #groups = new Map<string, Group<Item>>();

  constructor(options: WindowOptions<Item>) {
    this.#options = options;
  }

  add(name: string, item: Item): void {
    const group = this.#groups.get(name) ?? new Group(this.#options);
    this.#groups.set(name, group);
    group.add(item);
  }
}

class Group<Item extends Passenger> {
  readonly #options: WindowOptions<Item>;
  #items: Item[] = [];
  /** What each of them has put up for the case that it is given up. */
  readonly #stops = new Map<Item, () => void>();
  #inFlight = 0;
  #isAboutToLeave = false;
  #leftAtMs = 0;
  #pausedUntilMs = 0;
  /** Pauses in a row that nobody else has joined: there may be just one who asks, and waits for each answer. */
  #vainPauses = 0;
  /** As many requests as leave without a pause after that. */
  #withoutPause = 0;

  constructor(options: WindowOptions<Item>) {
    this.#options = options;
  }

  add(item: Item): void {
    const { signal } = item.options;
    if (signal?.aborted) {
      item.giveUp();
      return;
    }
    this.#items.push(item);
    this.#stops.set(
      item,
      whenAborted(signal, () => this.#remove(item)),
    );
    this.#explainPause([item]);
    if (this.#options.isFull(this.#items)) this.#leave();
    else if (this.#inFlight === 0) this.#leaveSoon();
  }

  #remove(item: Item): void {
    const index = this.#items.indexOf(item);
    if (index < 0) return;
    this.#items.splice(index, 1);
    this.#stops.delete(item);
    item.giveUp();
  }

  async #leaveSoon(): Promise<void> {
    if (this.#isAboutToLeave) return;
    this.#isAboutToLeave = true;
    await this.#pause();
    await this.#quiet();
    this.#isAboutToLeave = false;
    this.#leave();
  }

  async #pause(): Promise<void> {
    const { clock, usedShare } = this.#options;
    const untilMs = this.#leftAtMs + pauseMs(usedShare());
    if (untilMs <= clock.now()) return;
    if (this.#withoutPause > 0) {
      this.#withoutPause--;
      return;
    }
    const before = this.#items.length;
    this.#pausedUntilMs = untilMs;
    this.#explainPause(this.#items);
    await clock.sleep(untilMs - clock.now());
    this.#vainPauses = this.#items.length > before ? 0 : this.#vainPauses + 1;
    this.#withoutPause = this.#vainPauses && 2 ** this.#vainPauses;
  }

  #explainPause(items: readonly Item[]): void {
    const { clock, usedShare } = this.#options;
    const leftMs = this.#pausedUntilMs - clock.now();
    if (leftMs < longMs) return;
    const used = `${Math.round(usedShare() * 100)} % of the requests of five minutes are used`;
    for (const { options } of items) {
      options.onWait?.(`${used}; waiting ${Math.ceil(leftMs / 1000)} s for others to share the next one`);
    }
  }

  async #quiet(): Promise<void> {
    const untilMs = performance.now() + mostMs;
    for (let before = -1; before !== this.#items.length && performance.now() < untilMs; ) {
      before = this.#items.length;
      await delay(quietMs);
    }
  }

  /** Nobody is left to leave where it became full, or all were given up, meanwhile. */
  async #leave(): Promise<void> {
    const items = this.#items;
    if (items.length === 0) return;
    this.#items = [];
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
    this.#leftAtMs = this.#options.clock.now();
    this.#inFlight++;
    await this.#options.send(items);
    this.#inFlight--;
    if (this.#items.length > 0) this.#leaveSoon();
  }
}

function pauseMs(usedShare: number): number {
  return (Math.max(0, usedShare - cheapShare) / (1 - cheapShare)) * mostPauseMs;
}
