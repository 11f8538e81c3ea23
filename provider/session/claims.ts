import type { Clock } from "../kv/clock";
import { InitFailedError } from "../pulumi/errors";
import type { Properties } from "../pulumi/resource-provider";
import { nameOf } from "../pulumi/urn";
import { nameHash } from "./name-hash";
import type { SharedClaims } from "./shared-claims";

/** What a resource was when the run began. */
export interface Before {
  readonly id: string;
  readonly expiration: unknown;
}

/** Keys of one namespace, too many to be entered one by one. */
export interface KeyRange {
  /** The id of the Namespace. */
  readonly namespace: string;
  /** What all of them begin with. */
  readonly prefix: string;
  /** Looked into only when something below the prefix is asked for. */
  readonly keys: { readonly size: number; has(key: string): boolean; keys(): readonly string[] };
}

/** How long no check may have begun or ended before what is declared counts as complete, in milliseconds. */
const quietMs = 250;
/** At the beginning of a run other providers may still be starting: for so long they are waited for, in milliseconds. */
const longestStartMs = 15_000;
const nothing = { namespace: 0, ids: new Float64Array() };

/**
 * The rule of ownership: a delete never removes what this run's program declares.
 *
 * The engine replaces, renames and moves resources by creating the new one and deleting the old one later, and
 * both can be one and the same key. So Check, Create and Update enter here which resource (URN) declares which
 * object (a key's or a namespace's id), and whoever is about to delete asks first. Where no Check ran in this run
 * (destroy, a resource that left the program) nothing is claimed, and deletes are real.
 *
 * One object of this class holds what this process knows of one run; the next run has another. What the other processes
 * of the run declare and delete is in `shared`, which is asked for only where a call begins, and before a delete.
 */
export class Claims {
  readonly #shared: SharedClaims | undefined;
  readonly #slowestStartMs: number;
  readonly #declared = new Map<string, Set<string>>();
  readonly #holders = new Map<string, Set<string>>();
  readonly #ranges = new Map<string, KeyRange>();
  readonly #before = new Map<string, Before>();
  readonly #kept = new Map<string, Properties>();
  readonly #handedOver = new Set<string>();
  readonly #failed = new Set<string>();
  /** Settled once the delete has ended. */
  readonly #deletions = new Map<string, Promise<void>>();
  readonly #own = new Set<string>();
  readonly #ownRanges: KeyRange[] = [];
  readonly #hashes = new WeakMap<KeyRange["keys"], Float64Array>();
  readonly #checking = new Set<string>();
  #checkedAt = 0;
  #firstCheckAt = Number.POSITIVE_INFINITY;

  /**
   * Without `shared` there is one process only.
   *
   * @param slowestStartMs How long any other provider may take to start, in milliseconds.
   */
  constructor(shared?: SharedClaims, slowestStartMs = 0) {
    this.#shared = shared;
    this.#slowestStartMs = Math.min(slowestStartMs, longestStartMs);
  }

  /** Reads what the other processes of the run have told. A call does so once, when it begins. */
  sync(): void {
    this.#shared?.sync();
  }

  /** Why other processes may not know what this one declares: answered once. */
  takeProblem(): string | undefined {
    return this.#shared?.takeProblem();
  }

  /** The operation is no preview: what it has declared says nothing of the operation that follows it. */
  tellUpdate(): void {
    this.#shared?.tellUpdate();
  }

  end(): void {
    this.#shared?.end();
  }

  async whileChecking<T>(urn: string, clock: Clock, check: () => Promise<T>): Promise<T> {
    this.#firstCheckAt = Math.min(this.#firstCheckAt, clock.now());
    this.#checking.add(urn);
    this.#shared?.tellCheck("check", urn);
    try {
      return await check();
    } finally {
      this.#checking.delete(urn);
      this.#checkedAt = clock.now();
      this.#shared?.tellCheck("checked", urn);
    }
  }

  /**
   * Settles once the checks have been quiet for a moment. What does not depend on anything is checked at once, in
   * whichever process: then it is known what all of it declares.
   */
  async afterChecks(clock: Clock, signal: AbortSignal): Promise<void> {
    for (;;) {
      const now = clock.now();
      const last = this.#checking.size > 0 ? now : Math.max(this.#checkedAt, this.#shared?.lastCheckAt() ?? 0);
      const left = Math.max(last + quietMs, this.#allStartedAt()) - now;
      if (left <= 0) return;
      await clock.sleep(left, signal);
    }
  }

  /** After a preview it is known what comes, and alone there is nobody to wait for. */
  #allStartedAt(): number {
    if (!this.#shared || (this.#shared.isPlanCertain && this.#shared.hasPlan)) return 0;
    const firstCheckAt = Math.min(this.#firstCheckAt, this.#shared.firstCheckAt());
    const isProgramRunning = Number.isFinite(firstCheckAt);
    return isProgramRunning ? firstCheckAt + this.#slowestStartMs : 0;
  }

  /**
   * A Check: from now on the URN declares these objects and no others. `before` is what its state has; the second
   * Check of a replacement is not told, so what the first said stays. `unknownIn` is the id of a namespace in which it
   * declares keys that are not known yet.
   */
  declare(urn: string, ids: readonly string[], before?: Before, unknownIn?: string): void {
    this.#forget(urn);
    for (const id of ids) this.#hold(urn, id);
    if (before) this.#before.set(urn, before);
    const [id] = ids;
    const unknown =
      unknownIn === undefined ? nothing : { ...nothing, namespace: nameHash(unknownIn), hasUnknown: true };
    this.#shared?.declare(urn, id === undefined ? unknown : keysOf(id));
  }

  /** The same for what declares many keys; what it declared before is replaced. */
  declareRange(urn: string, range: KeyRange, hasUnknown = false): void {
    const isTold = this.#ranges.get(urn)?.keys === range.keys;
    this.#forget(urn);
    this.#ranges.set(urn, range);
    if (this.#shared && !isTold) {
      this.#shared.declare(urn, { namespace: nameHash(range.namespace), ids: this.#hashesOf(range), hasUnknown });
    }
  }

  /** What Check could not know yet. */
  add(urn: string, id: string): void {
    this.#own.add(id);
    if (this.#declared.get(urn)?.has(id)) return;
    this.#hold(urn, id);
    this.#shared?.add(urn, keysOf(id));
  }

  #forget(urn: string): void {
    for (const id of this.#declared.get(urn) ?? []) this.#holders.get(id)?.delete(urn);
    this.#declared.set(urn, new Set());
    this.#ranges.delete(urn);
  }

  #hold(urn: string, id: string): void {
    multimapAdd(this.#declared, urn, id);
    multimapAdd(this.#holders, id, urn);
  }

  /** True when this run's program has the resource. A refresh calls Diff without that. */
  isChecked(urn: string): boolean {
    return this.#declared.has(urn);
  }

  /** True when this very resource declares the object: what the engine deletes is what it was before. */
  isDeclaredBy(urn: string, id: string): boolean {
    return this.#urnsOf(id).includes(urn);
  }

  /** The names of the resources that declare the object, other than `except`. */
  holders(id: string, except?: string): string[] {
    const urns = this.#urnsOf(id).filter((urn) => urn !== except);
    return [...new Set(urns)].map(nameOf);
  }

  #urnsOf(id: string, hash?: number): string[] {
    const ranges = [...this.#ranges].filter(([, range]) => isInRange(id, range)).map(([urn]) => urn);
    const others = this.#shared?.holders(hash ?? nameHash(id)) ?? [];
    return [...(this.#holders.get(id) ?? []), ...ranges, ...others];
  }

  /**
   * The name of a resource that declared the object in the preview of this `up` and was not checked since: it comes
   * later in the program.
   */
  plannedHolder(id: string): string | undefined {
    return this.#laterOne(() => this.#shared?.plannedHolders(nameHash(id)) ?? []);
  }

  /** The same, or one that may declare it: in the preview not all of its keys were known. */
  possibleHolder(id: string): string | undefined {
    const namespace = namespaceOf(id);
    return this.plannedHolder(id) ?? this.#laterOne(() => this.#shared?.plannedUnknown(nameHash(namespace)) ?? []);
  }

  #laterOne(planned: () => string[]): string | undefined {
    // Without a check no program runs: a destroy may follow a preview.
    const isProgramRunning = this.#checkedAt > 0 || this.#shared?.hasChecks;
    if (!isProgramRunning) return undefined;
    const urn = planned().find((urn) => !this.isChecked(urn) && !this.#shared?.isChecked(urn));
    return urn && nameOf(urn);
  }

  /**
   * True where nothing else declares the object, nor is going to in this run: only a command that has begun with a
   * preview knows that.
   */
  isFree(id: string, urn: string): boolean {
    if (!this.#shared?.hasPlan) return false;
    return this.holders(id, urn).length === 0 && this.possibleHolder(id) === undefined;
  }

  /** The name of a resource that declares a key of this namespace. */
  holderIn(namespace: string): string | undefined {
    const range = [...this.#ranges].find(([, range]) => range.namespace === namespace && range.keys.size > 0);
    const isKey = (id: string) => id.startsWith(`${namespace}/`);
    const own = range?.[0] ?? [...this.#declared].find(([, ids]) => [...ids].some(isKey))?.[0];
    const urn = own ?? this.#shared?.holderIn(nameHash(namespace));
    return urn && nameOf(urn);
  }

  /** Keys of the range that other resources declare too: by their names, in the order of the keys. */
  conflicts(urn: string, range: KeyRange): Map<string, string[]> {
    const found = new Map<string, string[]>();
    const isShared = this.#shared?.holderIn(nameHash(range.namespace)) !== undefined;
    const isRival = [...this.#ranges].some(([other, theirs]) => other !== urn && mayOverlap(theirs, range));
    const isNear = (id: string) => id.startsWith(`${range.namespace}/${range.prefix}`);
    const near = [...this.#holders.keys()].filter(isNear).map((id) => id.slice(range.namespace.length + 1));
    for (const key of isRival || isShared ? range.keys.keys() : near.filter((key) => range.keys.has(key))) {
      for (const name of this.holders(`${range.namespace}/${key}`, urn)) {
        const keys = found.get(name);
        if (keys) keys.push(key);
        else found.set(name, [key]);
      }
    }
    return found;
  }

  /** Runs a create. Where it fails and leaves nothing in the state, what it was to take over has no other owner. */
  async whileCreating<T>(urn: string, create: () => Promise<T>): Promise<T> {
    try {
      const created = await create();
      if (this.#failed.delete(urn)) this.#shared?.tellCreate("made", urn);
      return created;
    } catch (error) {
      if (!(error instanceof InitFailedError) && !this.#failed.has(urn)) {
        this.#failed.add(urn);
        this.#shared?.tellCreate("failed", urn);
      }
      throw error;
    }
  }

  /** The name of a resource that declares the object, and could not be created in this run. */
  failedHolder(id: string, except?: string): string | undefined {
    const urn = this.#urnsOf(id).find((urn) => urn !== except && this.#hasFailed(urn));
    return urn && nameOf(urn);
  }

  #hasFailed(urn: string): boolean {
    return this.#failed.has(urn) || (this.#shared?.hasFailed(urn) ?? false);
  }

  /** What the state has under this URN: where a create of the same object fails, nothing is lost. */
  before(urn: string): Before | undefined {
    return this.#before.get(urn);
  }

  /** A delete that was not carried out, with the outputs that the engine has dropped since. */
  keep(id: string, outputs: Properties): void {
    this.#kept.set(id, outputs);
  }

  keptOutputs(id: string): Properties | undefined {
    return this.#kept.get(id);
  }

  /** Objects whose deletes were left out for whichever resource is about to declare them. */
  handOver(ids: readonly string[]): void {
    for (const id of ids) this.#handedOver.add(id);
    this.#tell("kept", ids);
  }

  /** Spares whoever writes much from asking for each key. */
  get hasHandedOver(): boolean {
    return this.#handedOver.size > 0 || (this.#shared?.hasKept ?? false);
  }

  /** True where the object is there as a former resource of this run, or of another process, has written it. */
  isHandedOver(id: string): boolean {
    return this.#handedOver.has(id) || (this.#shared?.isKept(nameHash(id)) ?? false);
  }

  /** An object that the state knows: not a stranger's. */
  recordOwn(id: string): void {
    this.#own.add(id);
  }

  /** The same for keys of a set. */
  recordOwnRange(range: KeyRange): void {
    this.#ownRanges.push(range);
  }

  /** What is deleted by one call. */
  beginDeletion(): Deletion {
    const { promise, resolve } = Promise.withResolvers<void>();
    const open = new Set<string>();
    return {
      take: (ids, except) => {
        const hashes = Float64Array.from(ids, nameHash);
        this.#shared?.tell("delete", hashes);
        this.#shared?.sync();
        const held = new Map(ids.flatMap((id, index) => this.#heldBy(id, hashes[index] ?? 0, except)));
        this.#tell("kept", [...held.keys()]);
        this.#tell("stays", [...held.keys()]);
        for (const id of ids) {
          if (held.has(id)) continue;
          open.add(id);
          this.#deletions.set(id, promise);
        }
        return held;
      },
      done: (ids) => {
        this.#tell("deleted", ids);
        for (const id of ids) open.delete(id);
      },
      end: () => {
        this.#tell("stays", [...open]);
        for (const id of open) this.#deletions.delete(id);
        resolve();
      },
    };
  }

  #heldBy(id: string, hash: number, except: string | undefined): [id: string, holder: string][] {
    const urn = this.#urnsOf(id, hash).find((urn) => urn !== except);
    const holder = urn === undefined ? this.#shared?.isPlanCertain && this.plannedHolder(id) : nameOf(urn);
    return holder ? [[id, holder]] : [];
  }

  #tell(kind: "delete" | "deleted" | "stays" | "kept", ids: readonly string[]): void {
    this.#shared?.tell(kind, Float64Array.from(ids, nameHash));
  }

  /** True where a resource that comes later in the program than the delete has to write its object again. */
  isDeleted(id: string): boolean {
    return this.#shared ? this.#shared.isDeleted(nameHash(id)) : this.#deletions.has(id);
  }

  /** Spares whoever writes much from asking for each key. */
  get hasDeletions(): boolean {
    return (
      this.#deletions.size > 0 ||
      (this.#shared !== undefined && (this.#shared.hasDeletions || this.#shared.hasRemembered))
    );
  }

  /**
   * True where an earlier run on this machine has deleted the object, or may have, although the state has it: it ended
   * before the state was saved, or before it came to the resource that has the same object.
   *
   * @param writtenAt When it was last written, in unix seconds; unknown where it never was.
   */
  wasDeletedSince(id: string, writtenAt: unknown): boolean {
    return this.#shared?.wasDeletedSince(nameHash(id), secondsOf(writtenAt)) ?? false;
  }

  /** Before a write: a delete under way must not overtake it. */
  async afterDeletion(id: string, signal: AbortSignal): Promise<void> {
    await this.#deletions.get(id);
    const hash = nameHash(id);
    await this.#shared?.afterDeletions((other) => other === hash, signal);
  }

  /** The same, before many writes. */
  async afterDeletions(range: KeyRange, signal: AbortSignal): Promise<void> {
    const deletions = new Set(
      [...this.#deletions].filter(([id]) => isInRange(id, range)).map(([, deletion]) => deletion),
    );
    await Promise.all(deletions);
    let hashes: Set<number> | undefined;
    await this.#shared?.afterDeletions((id) => {
      hashes ??= new Set(this.#hashesOf(range));
      return hashes.has(id);
    }, signal);
  }

  /** Those of the keys that this run has deleted, as another resource's, or an earlier one since they were written. */
  lostIn(range: KeyRange, writtenAt: unknown): string[] {
    const hasPast = this.#shared?.hasPastSince(secondsOf(writtenAt));
    const wasDeleted = (key: string) => this.wasDeletedSince(`${range.namespace}/${key}`, writtenAt);
    const earlier = hasPast ? range.keys.keys().filter(wasDeleted) : [];
    return [...new Set([...this.deletedIn(range), ...earlier])];
  }

  /** Those of the keys that this run has deleted, as another resource's. */
  deletedIn(range: KeyRange): string[] {
    if (this.#shared?.hasDeletions) {
      return range.keys.keys().filter((key) => this.isDeleted(`${range.namespace}/${key}`));
    }
    const ids = [...this.#deletions.keys()].filter((id) => isInRange(id, range));
    return ids.map((id) => id.slice(range.namespace.length + 1));
  }

  /** These objects are there, whatever was deleted before. */
  recordWritten(ids: readonly string[]): void {
    const deleted = ids.filter((id) => this.isDeleted(id) || this.#shared?.isRemembered(nameHash(id)));
    for (const id of deleted) this.#deletions.delete(id);
    this.#shared?.tellWritten(Float64Array.from(deleted, nameHash));
  }

  /** The same, of what was found and has no time at which it was written. */
  recordFound(ids: readonly string[]): void {
    if (this.#shared?.hasPastSince(0) || this.hasDeletions) this.recordWritten(ids);
  }

  isKnown(id: string): boolean {
    return this.#own.has(id) || this.isDeleted(id) || this.#ownRanges.some((range) => isInRange(id, range));
  }

  /** Computed once for each manifest: a declared one does not change. */
  #hashesOf({ namespace, keys }: KeyRange): Float64Array {
    const found = this.#hashes.get(keys) ?? Float64Array.from(keys.keys(), (key) => nameHash(`${namespace}/${key}`));
    this.#hashes.set(keys, found);
    return found;
  }
}

function secondsOf(writtenAt: unknown): number {
  return typeof writtenAt === "number" ? writtenAt : 0;
}

/** Deletes that are on their way: other resources' writes wait for them. */
export interface Deletion {
  /** Announces the deletes, and answers which must not be carried out: by id, the name of the resource that declares it. */
  take(ids: readonly string[], except?: string): ReadonlyMap<string, string>;
  /** These are deleted, or may be. */
  done(ids: readonly string[]): void;
  /** What was taken and is not done is still there. */
  end(): void;
}

/** A key's id begins with that of its namespace; both parts of a namespace's id hold no slash. */
function keysOf(id: string): { namespace: number; ids: Float64Array } {
  const namespace = namespaceOf(id);
  return { namespace: namespace === id ? 0 : nameHash(namespace), ids: Float64Array.of(nameHash(id)) };
}

function namespaceOf(id: string): string {
  return id.split("/", 2).join("/");
}

function isInRange(id: string, { namespace, prefix, keys }: KeyRange): boolean {
  return id.startsWith(`${namespace}/${prefix}`) && keys.has(id.slice(namespace.length + 1));
}

function mayOverlap(a: KeyRange, b: KeyRange): boolean {
  return a.namespace === b.namespace && (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix));
}

function multimapAdd(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  if (values) values.add(value);
  else map.set(key, new Set([value]));
}
