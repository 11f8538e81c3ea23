import type { BulkItem } from "../../kv/batch";
import { type BulkFailure, deleteBulk, serializePair, writeBulk } from "../../kv/bulk";
import { nowSeconds } from "../../kv/clock";
import { quoted } from "../../kv/quote";
import { InputError } from "../../pulumi/errors";
import type { Properties } from "../../pulumi/resource-provider";
import type { Claims, Deletion } from "../../session/claims";
import { type CallContext, callOptions } from "../../session/context";
import { explainedNamespace } from "../explained-namespace";
import { changedSource, declaredEntries, isSourceAsHashed, manifestEntry } from "./entries";
import { counted, grouped, listed } from "./format";
import { keyIdOf, rangeOf, type SetAddress } from "./id";
import { Manifest } from "./manifest/manifest";
import { hasDeclaredExpired } from "./plan";

/** What was not done, although it was to be. */
export interface Unfinished {
  /** Sentences for the user: what was not done, and why. */
  readonly reasons: readonly string[];
  /** Why it ended before its end; undefined where single keys failed. */
  readonly cause: Error | undefined;
}

/** How many keys are compared at once with what other processes declare. */
const comparedAtOnce = 1000;

/** Writes and deletes, and keeps the account of what is in the store while the answers come. */
export class SetWriter {
  readonly #claims: Claims;
  readonly #address: SetAddress;
  readonly #stored: Manifest;
  readonly #context: CallContext;
  #hasChanged = false;
  #deleted = 0;
  readonly #expiredMeanwhile: string[] = [];
  /** What a delete left to whatever takes this set's place under its name. */
  readonly kept = Manifest.empty();
  /** What was not deleted because a resource that comes later in the program is about to declare it. */
  readonly left = Manifest.empty();

  /** `stored` is what the set knows so far; it is brought up to date. */
  constructor(address: SetAddress, stored: Manifest, context: CallContext) {
    this.#claims = context.run.claims;
    this.#address = address;
    this.#stored = stored;
    this.#context = context;
  }

  /** True where `stored` is not any more what it was: something was written, deleted, or may have been. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  /** How many keys were deleted. */
  get deleted(): number {
    return this.#deleted;
  }

  /** What was due, and expired on its way as declared: it is not written, and that is no failure. */
  get expiredMeanwhile(): readonly string[] {
    return this.#expiredMeanwhile;
  }

  /** Writes those of the declared entries that are due. */
  async write(inputs: Properties, declared: Manifest, keys: readonly string[]): Promise<Unfinished | undefined> {
    await this.#claims.afterDeletions(rangeOf(this.#address, declared), this.#context.signal).catch(() => {});
    const due = new PendingKeys(keys, declared);
    const progress = this.#progress("writing", keys.length);
    const writtenAt = nowSeconds(this.#context.clock);
    const onDone = (done: readonly string[]) => {
      this.#recordWritten(done, declared, writtenAt);
      progress(done.length);
    };
    const outcome = await writeBulk(
      this.#context.connection.client,
      this.#address,
      this.#pairs(inputs, declared, due),
      {
        ...callOptions(this.#context),
        clock: this.#context.clock,
        onDone,
      },
    );
    this.#recordUnsure(outcome.unsure, declared, writtenAt);
    if (outcome.stopped) await this.#doubtUnlessAsPlanned(keys, inputs, outcome.stopped);
    const now = nowSeconds(this.#context.clock);
    const failed = outcome.failed.filter(({ key }) => !this.#hasExpiredMeanwhile(key, declared, now));
    const stopped = explainedNamespace(outcome.stopped, this.#address, this.#claims);
    return unfinished(failed, stopped, "written", this.#context);
  }

  /** Deletes keys that this set declares no longer, or with a time that has passed. */
  deleteOwn(keys: readonly string[]): Promise<Unfinished | undefined> {
    return this.#delete(keys, this.#context.urn);
  }

  /** Deletes keys as the whole set goes: what takes its place may have the same name, and declare them. */
  delete(keys: readonly string[]): Promise<Unfinished | undefined> {
    return this.#delete(keys);
  }

  /** Answers the keys without those that a resource declares, or may, which comes later in the program: they stay for now. */
  leavePlanned(keys: readonly string[]): string[] {
    const byHolder = Map.groupBy(keys, (key) => this.#claims.possibleHolder(this.#idOf(key)));
    for (const [holder, kept] of byHolder) {
      if (holder === undefined) continue;
      const left = kept.filter((key) => this.#stored.has(key));
      for (const key of left) this.#leave(key);
      this.#claims.handOver(left.map((key) => this.#idOf(key)));
      if (left.length < kept.length) this.#context.log.warning(keptUnlistedText(holder, kept.length - left.length));
      if (left.length === 0) continue;
      const those = left.length === 1 ? "it" : "them";
      this.#context.log.info(
        `kept ${counted(left.length, "key")} for ${holder}, which comes later in the program; ` +
          `if it does not declare ${those} after all, the next \`pulumi up\` deletes ${those}`,
      );
    }
    return byHolder.get(undefined) ?? [];
  }

  #leave(key: string): void {
    const entry = this.#stored.get(key);
    if (!entry) return;
    this.left.set(key, entry);
    this.#stored.delete(key);
    this.#hasChanged = true;
  }

  /** Less those that this run's program declares. */
  async #delete(keys: readonly string[], except?: string): Promise<Unfinished | undefined> {
    const abandoned: BulkFailure[] = [];
    const deletion = this.#claims.beginDeletion();
    const progress = this.#progress("deleting", keys.length);
    const onDone = (done: readonly string[]) => {
      for (const key of done) this.#stored.delete(key);
      this.#deleted += done.length;
      deletion.done(done.map((key) => this.#idOf(key)));
      this.#hasChanged = true;
      progress(done.length);
    };
    try {
      const unclaimed = this.#unclaimed(keys, except, deletion, abandoned);
      const outcome = await deleteBulk(this.#context.connection.client, this.#address, unclaimed, {
        ...callOptions(this.#context),
        clock: this.#context.clock,
        onDone,
      });
      for (const key of outcome.unsure) this.#stored.doubt(key);
      deletion.done(outcome.unsure.map((key) => this.#idOf(key)));
      this.#hasChanged ||= outcome.unsure.length > 0;
      return unfinished([...outcome.failed, ...abandoned], outcome.stopped, "deleted", this.#context);
    } finally {
      deletion.end();
    }
  }

  #idOf(key: string): string {
    return keyIdOf(this.#address, key);
  }

  /**
   * Pulled as they are sent. Each is compared with what was planned, or all of them in the end by the hash of their
   * file: it may have changed since, and the state must not say of anything that it is stored when something else is.
   */
  async *#pairs(inputs: Properties, declared: Manifest, due: PendingKeys): AsyncGenerator<BulkItem[], void, void> {
    for await (const { entries, isHashed } of declaredEntries(inputs)) {
      const now = nowSeconds(this.#context.clock);
      const pairs: BulkItem[] = [];
      for (const entry of entries) {
        if (!due.take(entry.key)) continue;
        if (!isHashed && !declared.isAs(entry.key, manifestEntry(entry))) throw changedSource();
        if (this.#hasExpiredMeanwhile(entry.key, declared, now)) continue;
        pairs.push({ key: entry.key, json: serializePair(entry.key, entry) });
      }
      yield pairs;
      if (due.left === 0 && !isHashed) return;
    }
    if (due.left !== 0) throw changedSource();
    // The last answers take their time, and in the end it is most likely this that has to be written down.
    if (!declared.hasTtl) declared.encode();
  }

  /** A file of which not all was read may have changed, and what was sent of it with it. */
  async #doubtUnlessAsPlanned(planned: readonly string[], inputs: Properties, stopped: Error): Promise<void> {
    if (!(stopped instanceof InputError) && (await isSourceAsHashed(inputs))) return;
    for (const key of planned) this.#stored.doubt(key);
  }

  #hasExpiredMeanwhile(key: string, declared: Manifest, now: number): boolean {
    if (!hasDeclaredExpired(declared, key, now)) return false;
    this.#expiredMeanwhile.push(key);
    return true;
  }

  #recordWritten(keys: readonly string[], declared: Manifest, writtenAt: number): void {
    this.#hasChanged ||= keys.length > 0;
    if (this.#claims.hasDeletions) this.#claims.recordWritten(keys.map((key) => this.#idOf(key)));
    for (const key of keys) this.#stored.copy(key, declared, writtenAt);
  }

  /** They may be stored, so a delete must know them; and they may be not, so they are to be written again. */
  #recordUnsure(keys: readonly string[], declared: Manifest, writtenAt: number): void {
    this.#recordWritten(keys, declared, writtenAt);
    for (const key of keys) this.#stored.doubt(key);
  }

  /** Asks for some keys when they are about to be sent: another resource may have claimed them meanwhile. */
  *#unclaimed(
    keys: readonly string[],
    except: string | undefined,
    deletion: Deletion,
    abandoned: BulkFailure[],
  ): Generator<string, void, void> {
    const kept = new Map<string, number>();
    for (let start = 0; start < keys.length; start += comparedAtOnce) {
      const some = keys.slice(start, start + comparedAtOnce);
      const held = deletion.take(
        some.map((key) => this.#idOf(key)),
        except,
      );
      for (const key of some) {
        const holder = held.get(this.#idOf(key));
        if (holder === undefined) {
          yield key;
          continue;
        }
        // Its new owner is not in the state: until it is, the key is this set's.
        const failed = this.#claims.failedHolder(this.#idOf(key), this.#context.urn);
        if (failed !== undefined && this.#stored.has(key)) {
          abandoned.push({ key, reason: `"${failed}" declares it now, and could not be created` });
          continue;
        }
        kept.set(holder, (kept.get(holder) ?? 0) + 1);
        this.#keep(key);
      }
    }
    for (const [holder, count] of kept)
      this.#context.log.info(`kept ${counted(count, "key")}: now declared by ${holder}`);
  }

  #keep(key: string): void {
    const entry = this.#stored.get(key);
    if (!entry) return;
    if (this.#claims.isDeclaredBy(this.#context.urn, this.#idOf(key))) this.kept.set(key, entry);
    this.#stored.delete(key);
    this.#hasChanged = true;
  }

  #progress(doing: string, total: number): (count: number) => void {
    let done = 0;
    return (count) => {
      done += count;
      this.#context.log.status(`${doing}: ${Math.floor((100 * done) / total)} % of ${grouped(total)}`);
    };
  }
}

function keptUnlistedText(holder: string, count: number): string {
  const those = count === 1 ? "it" : "them";
  return (
    `kept ${counted(count, "unlisted key")}: "${holder}", which comes after this set, declares ${those}; let the set depend ` +
    `on it (dependsOn), or every plan will name what it does not delete`
  );
}

function unfinished(
  failed: readonly BulkFailure[],
  stopped: Error | undefined,
  done: string,
  { hidesKeys }: CallContext,
): Unfinished | undefined {
  if (failed.length === 0 && !stopped) return undefined;
  const texts = hidesKeys ? countedFailures(failed, done) : namedFailures(failed, done);
  const reasons = [...texts, ...(stopped ? [stopped.message] : [])];
  return { reasons, cause: stopped };
}

function namedFailures(failed: readonly BulkFailure[], done: string): string[] {
  const inOrder = failed.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return listed(inOrder, ({ key, reason }) => `${quoted(key)} was not ${done}: ${reason}`);
}

/** Where names of keys are secret. */
function countedFailures(failed: readonly BulkFailure[], done: string): string[] {
  const byReason = [...Map.groupBy(failed, ({ reason }) => reason)];
  return listed(byReason, ([reason, { length }]) => {
    const were = length === 1 ? "was" : "were";
    return `${counted(length, "key")} ${were} not ${done}: ${reason}`;
  });
}

/** Keys that are to be written, each of which is taken once. */
class PendingKeys {
  readonly #declared: Manifest;
  /** Undefined where all that is declared is due. */
  readonly #some: Set<string> | undefined;
  #left: number;

  /** They are among the declared ones. */
  constructor(keys: readonly string[], declared: Manifest) {
    this.#declared = declared;
    this.#some = keys.length < declared.size ? new Set(keys) : undefined;
    this.#left = keys.length;
  }

  /** Zero once each was taken; another number at the end of a source is the mark of one that has changed. */
  get left(): number {
    return this.#left;
  }

  /** False where the key is not due. */
  take(key: string): boolean {
    const isDue = this.#some?.delete(key) ?? this.#declared.has(key);
    if (isDue) this.#left--;
    return isDue;
  }
}
