import { type Batch, Batcher, BatchSize, type BulkItem, type Items, maxBodyBytes, maxRequests } from "./batch";
import type { ByteBudget } from "./byte-budget";
import type { CallOptions, Client } from "./client";
import type { Clock } from "./clock";
import type { Entry, NamespaceAddress } from "./entry";
import { CloudflareError, describeErrors, isAmbiguous, isContentRefused } from "./error";
import { limits } from "./limits";

/** A pair as the API takes it in a bulk write. Anything but text is given in base64, and says so. */
export function serializePair(
  key: string,
  { value, base64, metadata, expiration, expirationTtl }: Omit<Entry, "value"> & { value: string; base64?: boolean },
): string {
  return JSON.stringify({
    key,
    value,
    base64: base64 || undefined,
    metadata: metadata ?? undefined,
    expiration,
    expiration_ttl: expirationTtl,
  });
}

/**
 * Writes pairs, each as {@link serializePair} gives it, some ten thousand a request, and pulls them only as fast as they
 * are sent: values are held only while they are in flight. No key may come twice. Never rejects, for what was written would be forgotten with it.
 */
export function writeBulk(
  client: Client,
  namespace: NamespaceAddress,
  pairs: Items,
  options: BulkOptions,
): Promise<BulkOutcome> {
  const send: Send = (body, count, call) => client.putBulk(namespace, body, count, call);
  return new BulkRun(send, client.bulkBytes, options).run(pairs);
}

/** Deletes keys, whether they exist or not, in the manner of {@link writeBulk}. */
export function deleteBulk(
  client: Client,
  namespace: NamespaceAddress,
  keys: Iterable<string>,
  options: BulkOptions,
): Promise<BulkOutcome> {
  const send: Send = (body, count, call) => client.deleteBulk(namespace, body, count, call);
  return new BulkRun(send, client.bulkBytes, options).run(itemsOf(keys));
}

function* itemsOf(keys: Iterable<string>): Generator<BulkItem> {
  for (const key of keys) yield { key, json: JSON.stringify(key) };
}

export interface BulkOptions {
  readonly clock: Clock;
  /** Told as soon as a request was answered: these are written, or deleted. */
  readonly onDone: (keys: readonly string[]) => void;
  /** Once aborted no request is sent any more; those in flight end and are counted. */
  readonly signal?: AbortSignal | undefined;
  /** Told what a long wait is for, about once a second. */
  readonly onWait?: ((message: string) => void) | undefined;
  readonly hidesKeys?: boolean | undefined;
}

/** A key that the API does not take, while it takes others. */
export interface BulkFailure {
  readonly key: string;
  /** The API's own words where it has said any. */
  readonly reason: string;
}

/** What was not done. All that was handed in and is named nowhere here was told to `onDone`, unless it `stopped`. */
export interface BulkOutcome {
  /** Each named with its reason; the others were done all the same. */
  readonly failed: readonly BulkFailure[];
  /** Keys of which nobody knows whether the store has the old or the new; those that failed may be among them. */
  readonly unsure: readonly string[];
  /**
   * Why it ended early: cancelled, or something that concerns every key, or the source of the items failed. What was
   * neither told to `onDone` nor is `unsure` is as it was.
   */
  readonly stopped?: Error;
}

/** Sends the body of a request with so many items; resolves with the keys to be sent again: undefined is all. */
export type Send = (body: Buffer, count: number, options: CallOptions) => Promise<readonly string[] | undefined>;

const maxRests = 5;
/** A key takes one write a second. */
const firstRestMs = 1_500;
const maxRestMs = 8_000;
/** For each request in flight: if no size is answered in time, it is not the size. */
const maxTimeoutsInARow = 6;
/** If nothing is accepted in so many requests, it is not some items. */
const maxRefusalsInARow = 250;

/**
 * One bulk write or delete, from its source of items to its outcome. What was refused, or took too long, is sent again
 * in halves, before anything new; what the API asks for again waits until all else has been answered.
 */
export class BulkRun {
  readonly #send: Send;
  readonly #budget: ByteBudget;
  readonly #options: BulkOptions;
  readonly #signal: AbortSignal;
  readonly #halt = new AbortController();
  readonly #size = new BatchSize();
  readonly #flights = new Set<Promise<void>>();
  /** To be sent before anything new, first come, first served: of two halves, one with a bad item, one soon succeeds. */
  readonly #halves: Batch[] = [];
  /** Read, and not sent yet. */
  readonly #ahead: Batch[] = [];
  readonly #failed: BulkFailure[] = [];
  /** Keys whose last request may, or may not, have taken effect. */
  readonly #unsure = new Set<string>();
  #unsuccessful: BulkItem[] = [];
  #timeoutsInARow = 0;
  #refusalsInARow = 0;
  #stopped: Error | undefined;

  constructor(send: Send, budget: ByteBudget, options: BulkOptions) {
    this.#send = send;
    this.#budget = budget;
    this.#options = options;
    this.#signal = options.signal ? AbortSignal.any([options.signal, this.#halt.signal]) : this.#halt.signal;
  }

  async run(items: Items): Promise<BulkOutcome> {
    const source = new Batcher(items);
    try {
      while (!source.isDone && !this.#stopped) {
        await this.#sendAll(source, () => !isFull(this.#unsuccessful));
        await this.#sendUnsuccessful();
      }
      await source.close();
    } catch (error) {
      this.#stop(error);
    }
    await Promise.all(this.#flights);
    const stopped = this.#stopped;
    return { failed: this.#failed, unsure: [...this.#unsure], ...(stopped && { stopped }) };
  }

  /** Ends when all that it took was answered. */
  async #sendAll(source: Batcher, mayTake: () => boolean = () => true): Promise<void> {
    while (!this.#stopped) {
      const mayLaunch = this.#flights.size < this.#size.requests;
      const batch = mayLaunch ? (this.#halves.shift() ?? this.#ahead.shift()) : undefined;
      if (batch) this.#launch(batch);
      else if (!source.isDone && mayTake() && !this.#isFarAhead) await this.#take(source);
      else if (this.#flights.size > 0) await Promise.race(this.#flights);
      else return;
    }
  }

  get #isFarAhead(): boolean {
    const bytes = this.#ahead.reduce((sum, batch) => sum + batch.body.length, 0);
    return this.#ahead.length >= maxRequests || bytes >= maxBodyBytes;
  }

  /** Reads ahead, but little, while others are in flight: their answers may allow more at once. */
  async #take(source: Batcher): Promise<void> {
    const items = this.#flights.size > 0 ? limits.maxBulkPairs : this.#size.items;
    const batch = await source.take({ items, bytes: this.#size.bytes });
    if (batch) this.#ahead.push(batch);
  }

  #launch(batch: Batch): void {
    const [first = batch, rest] = batch.cutAt(this.#size.items);
    if (rest) this.#ahead.unshift(rest);
    const flight = this.#fly(first).finally(() => this.#flights.delete(flight));
    this.#flights.add(flight);
  }

  async #fly(batch: Batch): Promise<void> {
    const { clock, onWait, hidesKeys } = this.#options;
    await this.#budget.enter(batch.body.length);
    try {
      const sentAt = clock.now();
      const again = await this.#send(batch.body, batch.keys.length, { signal: this.#signal, onWait, hidesKeys });
      this.#size.accepted(batch.keys.length, clock.now() - sentAt);
      this.#accept(batch, new Set(again ?? batch.keys));
    } catch (error) {
      this.#refuse(batch, error);
    } finally {
      this.#budget.leave(batch.body.length);
    }
  }

  #accept(batch: Batch, unsuccessful: ReadonlySet<string>): void {
    this.#timeoutsInARow = 0;
    this.#refusalsInARow = 0;
    const isDone = (key: string) => !unsuccessful.has(key);
    const done = unsuccessful.size > 0 ? batch.keys.filter(isDone) : batch.keys;
    const again = unsuccessful.size > 0 ? batch.items().filter(({ key }) => !isDone(key)) : [];
    if (new Set(again.map(({ key }) => key)).size !== unsuccessful.size) throw answeredForOthers();
    this.#unsuccessful.push(...again);
    for (const { key } of again) this.#unsure.add(key);
    if (this.#unsure.size > 0) for (const key of done) this.#unsure.delete(key);
    if (done.length > 0) this.#options.onDone(done);
  }

  #refuse(batch: Batch, error: unknown): void {
    if (isAmbiguous(error)) for (const key of batch.keys) this.#unsure.add(key);
    if (!(error instanceof CloudflareError) || !(error.excess || isContentRefused(error))) {
      this.#stop(error);
      return;
    }
    this.#learn(batch, error);
    if (batch.keys.length > 1) this.#halves.push(...batch.cutAt(Math.ceil(batch.keys.length / 2)));
    else this.#fail(batch.keys, error.errors.length > 0 ? describeErrors(error.errors) : error.message);
  }

  #learn({ keys, body }: Batch, error: CloudflareError): void {
    if (error.excess === "time") this.#size.tooSlow(keys.length);
    if (error.excess === "size") this.#size.tooLarge(body.length);
    if (error.excess === "time") this.#timeoutsInARow++;
    else this.#refusalsInARow++;
    const isHopeless = this.#timeoutsInARow >= maxTimeoutsInARow * this.#size.requests;
    if (isHopeless || this.#refusalsInARow >= maxRefusalsInARow) this.#stop(error);
  }

  /** Each round waits longer, for what the round before has left. */
  async #sendUnsuccessful(): Promise<void> {
    for (let rests = 1; this.#unsuccessful.length > 0 && !this.#stopped; rests++) {
      const items = this.#unsuccessful;
      this.#unsuccessful = [];
      if (rests > maxRests)
        return this.#fail(
          items.map(({ key }) => key),
          `the API did not update it, ${rests} times`,
        );
      await this.#rest(Math.min(firstRestMs * 2 ** (rests - 1), maxRestMs), items.length);
      await this.#sendAll(new Batcher(items));
    }
  }

  /** When it is cut short, the next request says why. */
  async #rest(ms: number, count: number): Promise<void> {
    const { clock, onWait } = this.#options;
    onWait?.(`the API has not fully updated all keys; sending ${count} of them again in ${Math.ceil(ms / 1000)} s`);
    await clock.sleep(ms, this.#signal).catch(() => {});
  }

  #fail(keys: readonly string[], reason: string): void {
    for (const key of keys) this.#failed.push({ key, reason });
  }

  /** The first reason counts: what comes after it is given up because of it. */
  #stop(error: unknown): void {
    if (this.#stopped) return;
    this.#stopped = error instanceof Error ? error : new Error(String(error));
    this.#halt.abort(this.#stopped);
  }
}

/** What became of the keys that were sent is then unknown. */
function answeredForOthers(): CloudflareError {
  const reason = "The answer to a bulk request names keys that were not sent";
  return new CloudflareError(reason, { advice: "check baseUrl", ambiguous: true });
}

/** As much as one request holds. */
function isFull(items: readonly BulkItem[]): boolean {
  return items.length >= limits.maxBulkPairs || items.reduce((sum, { json }) => sum + json.length, 0) >= maxBodyBytes;
}
