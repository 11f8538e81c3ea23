import { isUtf8 } from "node:buffer";
import { whenAborted } from "./abort";
import { type BulkItem, maxBodyBytes } from "./batch";
import { Window } from "./batch-window";
import { type BulkOptions, type BulkOutcome, deleteBulk, serializePair, writeBulk } from "./bulk";
import type { CallOptions, Client } from "./client";
import type { Clock } from "./clock";
import type { Entry, KeyAddress, NamespaceAddress } from "./entry";
import { CancelledError, CloudflareError, withParts } from "./error";
import { limits } from "./limits";
import { readValue, readValues, type StoredValue } from "./stored-value";

/** Bytes of a value above which it travels alone, without the cost of a JSON body. */
const maxCoalescedBytes = 256 * 1024;
/** One write a second is what a key takes. */
const restMs = 1000;
/** What a request has left, once whoever waits for it has given up. */
const abortGraceMs = 700;

/**
 * Writes, deletes and reads single keys. What is asked for at about the same time, or while an earlier request is
 * still in flight, becomes one bulk request; each caller has its own outcome, and an error as if it had been alone.
 * What is done to one key is done in the order in which it was asked for.
 */
export class Coalescer {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #isOn: boolean;
  readonly #puts: Window<PutJob>;
  readonly #deletes: Window<Job<void>>;
  readonly #gets: Window<Job<Found>>;
  /** What was last done to each key, and when that ended. */
  readonly #lines = new Map<string, Promise<number>>();

  /** @param isOn Where it is false each key has a request of its own, in its order all the same. */
  constructor(client: Client, clock: Clock, isOn = true) {
    this.#client = client;
    this.#clock = clock;
    this.#isOn = isOn;
    const pace = { clock, usedShare: () => client.usedShare };
    this.#puts = new Window<PutJob>({ ...pace, isFull: fillsBulkWrite, send: (jobs) => this.#put(jobs) });
    const [fillsBulkDelete, fillsBulkRead] = [isAtLeast(limits.maxBulkPairs), isAtLeast(limits.maxBulkReadKeys)];
    this.#deletes = new Window({ ...pace, isFull: fillsBulkDelete, send: (jobs: Jobs<void>) => this.#delete(jobs) });
    this.#gets = new Window({ ...pace, isFull: fillsBulkRead, send: (jobs: Jobs<Found>) => this.#get(jobs) });
  }

  /** As `Client.putValue`. */
  put(address: KeyAddress, entry: Entry, options: CallOptions = {}): Promise<void> {
    const alone = () => this.#client.putValue(address, entry, options);
    return this.#inLine(address, options, () => {
      if (!this.#isOn || entry.value.length > maxCoalescedBytes) return alone();
      const job = new PutJob(address, entry, options, alone);
      this.#puts.add(groupOf(address), job);
      return job.result;
    });
  }

  /** As `Client.deleteValue`. */
  delete(address: KeyAddress, options: CallOptions = {}): Promise<void> {
    const alone = () => this.#client.deleteValue(address, options);
    return this.#inLine(address, options, () => {
      if (!this.#isOn) return alone();
      const job = new Job(address, options, alone);
      this.#deletes.add(groupOf(address), job);
      return job.result;
    });
  }

  /**
   * Undefined where there is no such key. Rejects where there is no such namespace.
   *
   * @param isBinary Known to be no text, which only a request of its own can read.
   */
  get(address: KeyAddress, isBinary: boolean, options: CallOptions = {}): Promise<StoredValue | undefined> {
    const alone = () => readValue(this.#client, address, options);
    return isBinary ? alone() : this.#getWithOthers(address, options, alone);
  }

  /** The same of a key of which nothing is known: alone, too, it is asked for as text, at one request in place of two. */
  find(address: KeyAddress, options: CallOptions = {}): Promise<StoredValue | undefined> {
    return this.#getWithOthers(address, options, async () => {
      const found = await this.#readTogether(address, [address.key], options);
      return found.get(address.key);
    });
  }

  #getWithOthers(address: KeyAddress, options: CallOptions, alone: () => Promise<Found>): Promise<Found> {
    if (!this.#isOn) return alone();
    const job = new Job(address, options, alone);
    this.#gets.add(groupOf(address), job);
    return job.result;
  }

  async #readTogether(
    namespace: NamespaceAddress,
    keys: string[],
    options: CallOptions,
  ): Promise<Map<string, StoredValue>> {
    const found = new Map<string, StoredValue>();
    await readValues(this.#client, namespace, keys, options, (key, { value, ...rest }) =>
      found.set(key, { ...rest, value: Buffer.from(value) }),
    );
    return found;
  }

  async #inLine(address: KeyAddress, { signal }: CallOptions, act: () => Promise<void>): Promise<void> {
    const id = `${groupOf(address)}/${address.key}`;
    const before = this.#lines.get(id);
    const acting = before ? this.#rested(before, signal).then(act) : act();
    const now = () => this.#clock.now();
    this.#lines.set(id, acting.then(now, now));
    return acting;
  }

  async #rested(before: Promise<number>, signal: AbortSignal | undefined): Promise<void> {
    const left = (await before) + restMs - this.#clock.now();
    if (left > 0) await this.#clock.sleep(left, signal).catch(() => {});
  }

  #put(jobs: readonly PutJob[]): Promise<void> {
    return this.#change(jobs, (namespace, options) => writeBulk(this.#client, namespace, pairsOf(jobs), options));
  }

  #delete(jobs: Jobs<void>): Promise<void> {
    const keys = jobs.map(({ address }) => address.key);
    return this.#change(jobs, (namespace, options) => deleteBulk(this.#client, namespace, keys, options));
  }

  async #change(
    jobs: Jobs<void>,
    send: (namespace: NamespaceAddress, options: BulkOptions) => Promise<BulkOutcome>,
  ): Promise<void> {
    const [first, second] = jobs;
    if (!first || !second) return first?.goAlone();
    const waiting = new Map<string, Job<void>>(jobs.map((job) => [job.address.key, job]));
    const onDone = (keys: readonly string[]) => {
      for (const key of keys) take(waiting, key)?.resolve();
    };
    const outcome = await send(first.address, { clock: this.#clock, onDone, ...together(jobs) });
    for (const { key } of outcome.failed) take(waiting, key)?.goAlone();
    const unsure = new Set(outcome.unsure);
    for (const [key, job] of waiting) job.reject(withAmbiguity(outcome.stopped, unsure.has(key)));
  }

  async #get(jobs: Jobs<Found>): Promise<void> {
    const [first, second] = jobs;
    if (!first || !second) return first?.goAlone();
    const keys = new Set(jobs.map(({ address }) => address.key));
    try {
      const found = await this.#readTogether(first.address, [...keys], together(jobs));
      for (const job of jobs) job.resolve(found.get(job.address.key));
    } catch (error) {
      for (const job of jobs) job.reject(error);
    }
  }
}

/** Undefined where there is no such key. */
type Found = StoredValue | undefined;
type Jobs<Result> = readonly Job<Result>[];

/** One key's request, and whoever waits for it. */
class Job<Result> {
  readonly address: KeyAddress;
  readonly options: CallOptions;
  readonly result: Promise<Result>;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  readonly #alone: () => Promise<Result>;

  constructor(address: KeyAddress, options: CallOptions, alone: () => Promise<Result>) {
    this.address = address;
    this.options = options;
    this.#alone = alone;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.result = promise;
    this.resolve = resolve;
    this.reject = reject;
  }

  goAlone(): Promise<void> {
    return this.#alone().then(this.resolve, this.reject);
  }

  /** @param ambiguous It was sent; together with others, who may still wait. */
  giveUp(ambiguous = false): void {
    const reason = this.options.signal?.reason;
    const why = reason instanceof Error ? reason.message : "the operation was cancelled";
    const what = `The request for ${this.options.hidesKeys ? "a key" : `the key ${JSON.stringify(this.address.key)}`}`;
    const reject = () => this.reject(new CancelledError(`${what} was given up: ${why}`, { ambiguous }));
    if (ambiguous) setTimeout(reject, abortGraceMs).unref();
    else reject();
  }
}

class PutJob extends Job<void> {
  readonly #entry: Entry;

  constructor(address: KeyAddress, entry: Entry, options: CallOptions, alone: () => Promise<void>) {
    super(address, options, alone);
    this.#entry = entry;
  }

  get bytes(): number {
    return this.#entry.value.length;
  }

  pair(): BulkItem {
    const { key } = this.address;
    const { value, ...rest } = this.#entry;
    const base64 = !isUtf8(value);
    return { key, json: serializePair(key, { ...rest, value: value.toString(base64 ? "base64" : "utf8"), base64 }) };
  }
}

/** One at a time: they are text only while they are sent. */
function* pairsOf(jobs: readonly PutJob[]): Generator<BulkItem> {
  for (const job of jobs) yield job.pair();
}

function fillsBulkWrite(jobs: readonly PutJob[]): boolean {
  return jobs.length >= limits.maxBulkPairs || jobs.reduce((sum, { bytes }) => sum + bytes, 0) >= maxBodyBytes;
}

function isAtLeast(count: number): (jobs: readonly unknown[]) => boolean {
  return ({ length }) => length >= count;
}

/** Given up when nobody waits any more; what there is to wait for is told to all. */
function together(jobs: readonly Pick<Job<unknown>, "options" | "giveUp" | "result">[]): CallOptions {
  const controller = new AbortController();
  let waiting = jobs.length;
  for (const job of jobs) {
    const { signal } = job.options;
    const leave = () => {
      job.giveUp(true);
      waiting--;
      if (waiting === 0) controller.abort(signal?.reason);
    };
    const stop = whenAborted(signal, leave);
    job.result.then(stop, stop);
  }
  const onWait = (message: string) => {
    for (const { options } of jobs) options.onWait?.(message);
  };
  return { signal: controller.signal, onWait, hidesKeys: jobs.some(({ options }) => options.hidesKeys) };
}

function take<Key, Value>(map: Map<Key, Value>, key: Key): Value | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}

/** The error of some keys' request, as it concerns one of them. */
function withAmbiguity(error: Error | undefined, ambiguous: boolean): Error {
  if (error instanceof CancelledError || error instanceof CloudflareError) return withParts(error, { ambiguous });
  return error ?? new Error("The key was not answered");
}

function groupOf({ accountId, namespaceId }: NamespaceAddress): string {
  return `${accountId}/${namespaceId}`;
}
