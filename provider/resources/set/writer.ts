import { type BulkOutcome, type BulkPair, deleteBulk, serializePair, writeBulk } from "../../kv/bulk";
import { nowSeconds } from "../../kv/clock";
import { hasExpired } from "../../kv/entry";
import type { Session } from "../../session";
import type { Claims, KeyRange } from "../claims";
import { keyValueId } from "../key-value-id";
import { Manifest } from "../manifest/manifest";
import { type Call, callOptions, InputError, type Properties } from "../resource";
import type { DeclaredEntry } from "../source/declared-entry";
import { declaredEntries } from "./declaration";
import type { SetAddress } from "./id";
import { grouped, listed, quoted } from "./text";

/** What was not done, although it was to be. */
export interface Unfinished {
  /** Sentences for the user: what was not done, and why. */
  readonly reasons: readonly string[];
  /** Why it ended before its end; undefined where single keys failed. */
  readonly cause: Error | undefined;
}

/** Writes and deletes, and keeps the account of what is in the store while the answers come. */
export class SetWriter {
  readonly #session: Session;
  /** Those of the run in which this began. */
  readonly #claims: Claims;
  readonly #address: SetAddress;
  readonly #stored: Manifest;
  readonly #call: Call;
  #hasChanged = false;
  /** What a delete left, because this run's program declares it. */
  readonly kept = Manifest.empty();

  /** `stored` is what the set knows so far; it is brought up to date. */
  constructor(session: Session, address: SetAddress, stored: Manifest, call: Call) {
    this.#session = session;
    this.#claims = session.claims;
    this.#address = address;
    this.#stored = stored;
    this.#call = call;
  }

  /** True where `stored` is not any more what it was: something was written, deleted, or may have been. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  /** Writes the declared entries that are not stored, `count` of them. */
  async write(inputs: Properties, declared: Manifest, count: number): Promise<Unfinished | undefined> {
    const claimed: KeyRange = { namespace: this.#namespace, prefix: this.#address.keyPrefix, keys: declared };
    await this.#claims.afterDeletions(claimed);
    const progress = this.#progress("writing", count);
    const writtenAt = nowSeconds(this.#session.clock);
    const onDone = (pairs: readonly BulkPair[]) => {
      for (const { key } of pairs) this.#recordWritten(key, declared, writtenAt);
      progress(pairs.length);
    };
    const outcome = await writeBulk(this.#session.client, this.#address, this.#pairs(inputs, declared, count), {
      ...callOptions(this.#call),
      clock: this.#session.clock,
      onDone,
    });
    for (const key of outcome.unsure) this.#recordWritten(key, declared, writtenAt);
    this.#doubt(outcome.unsure);
    // What was sent is not what was declared.
    if (outcome.stopped instanceof InputError) this.#doubt(declared.keys());
    return unfinished(outcome, "written");
  }

  /** Deletes keys, less those that this run's program declares elsewhere. */
  async delete(keys: readonly string[]): Promise<Unfinished | undefined> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const begun = new Set<string>();
    const progress = this.#progress("deleting", keys.length);
    const onDone = (done: readonly string[]) => {
      for (const key of done) {
        this.#stored.delete(key);
        begun.delete(key);
      }
      this.#hasChanged = true;
      progress(done.length);
    };
    const outcome = await deleteBulk(this.#session.client, this.#address, this.#unclaimed(keys, begun, promise), {
      ...callOptions(this.#call),
      clock: this.#session.clock,
      onDone,
    });
    for (const key of outcome.unsure) begun.delete(key);
    for (const key of begun) this.#claims.recordWritten(this.#idOf(key));
    resolve();
    return unfinished(outcome, "deleted");
  }

  get #namespace(): string {
    return `${this.#address.accountId}/${this.#address.namespaceId}`;
  }

  #idOf(key: string): string {
    return keyValueId({ ...this.#address, key });
  }

  /** Pulled as they are sent. What is inline comes first: where that is all, no source is opened. */
  async *#pairs(inputs: Properties, declared: Manifest, count: number): AsyncGenerator<BulkPair, void, void> {
    let left = count;
    for await (const { entries, isInline } of declaredEntries(inputs)) {
      const now = nowSeconds(this.#session.clock);
      for (const entry of entries) {
        if (!this.#isToWrite(entry, declared, now)) continue;
        left--;
        yield { key: entry.key, json: serializePair(entry.key, entry) };
      }
      if (isInline && left === 0) return;
    }
  }

  #isToWrite({ key, expiration }: DeclaredEntry, declared: Manifest, now: number): boolean {
    if (!declared.has(key)) {
      throw new InputError("source: it is not what it was when this run began; run it again");
    }
    if (expiration !== undefined && hasExpired(expiration, now)) return false;
    return !declared.isStoredIn(this.#stored, key) || this.#claims.isDeleted(this.#idOf(key));
  }

  #recordWritten(key: string, declared: Manifest, writtenAt: number): void {
    this.#hasChanged = true;
    if (this.#claims.hasDeletions) this.#claims.recordWritten(this.#idOf(key));
    this.#stored.copy(key, declared, writtenAt);
  }

  /** Nobody knows what is stored under these keys: they are to be written again. */
  #doubt(keys: readonly string[]): void {
    for (const key of keys) {
      const entry = this.#stored.get(key);
      if (entry) this.#stored.set(key, { ...entry, hash: undefined });
    }
  }

  /** Asks for each key when it is about to be sent: another resource may have claimed it meanwhile. */
  *#unclaimed(keys: readonly string[], begun: Set<string>, deletion: Promise<void>): Generator<string, void, void> {
    const kept = new Map<string, number>();
    for (const key of keys) {
      const id = this.#idOf(key);
      const [holder] = this.#claims.holders(id);
      if (holder === undefined) {
        this.#claims.recordDeletion(id, deletion);
        begun.add(key);
        yield key;
      } else {
        this.#keep(key);
        kept.set(holder, (kept.get(holder) ?? 0) + 1);
      }
    }
    for (const [holder, count] of kept) {
      this.#call.log.info(`kept ${grouped(count)} ${count === 1 ? "key" : "keys"}: now declared by ${holder}`);
    }
  }

  #keep(key: string): void {
    const entry = this.#stored.get(key);
    if (entry) this.kept.set(key, entry);
    this.#stored.delete(key);
    this.#hasChanged = true;
  }

  #progress(doing: string, total: number): (count: number) => void {
    let done = 0;
    return (count) => {
      done += count;
      this.#call.log.status(`${doing}: ${Math.floor((100 * done) / total)} % of ${grouped(total)}`);
    };
  }
}

function unfinished({ failed, unsure, stopped }: BulkOutcome, done: string): Unfinished | undefined {
  if (failed.length === 0 && unsure.length === 0 && !stopped) return undefined;
  const texts = listed(failed, ({ key, reason }) => `${quoted(key)} was not ${done}: ${reason}`);
  const reasons = [...texts, ...(stopped ? [stopped.message] : [])];
  return { reasons, cause: stopped };
}
