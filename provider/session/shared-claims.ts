import type { Clock } from "../kv/clock";
import { version } from "../version";
import { type ClaimedKeys, type ClaimRecord, header, readRecord, writeRecord } from "./claim-log";
import { hasBegunAfter, isAlive } from "./command";
import { Fates, fatesIn } from "./fates";
import { type FileName, type FileReader, graceMs, RunFiles } from "./run-files";

/** Pause between two looks at what another process is doing, in milliseconds. */
const pollMs = 20;

/**
 * What the processes of one run tell each other: which objects are declared, and which deletes are on their way.
 *
 * The engine starts a process for each provider instance, and Pulumi's dynamic process is another. Each appends to a
 * file of its own, and reads those of the others. A delete is announced before it is decided, and a declaration before
 * the deletes of others are looked at: so one of the two always sees the other.
 *
 * Nothing here throws. Where the files cannot be used, `problem` says so once, and the run goes on with what its own
 * process knows.
 */
export class SharedClaims {
  readonly #files: RunFiles;
  readonly #clock: Clock;
  /** In unix milliseconds. */
  readonly #begunAt: number;
  readonly #others = new Map<string, OtherProcess>();
  /** Of what this process has told, only what became of keys. */
  readonly #own = new Told();
  #hasHeader = false;
  /** What is not tried any more. */
  readonly #abandoned = new Set<"read" | "write">();
  #isUpdate = false;
  #plan: readonly OtherProcess[] | undefined;
  readonly #past = new Fates();
  #pastFrom = Number.POSITIVE_INFINITY;
  #problem: string | undefined;

  constructor(address: string, clock: Clock, files = new RunFiles(address)) {
    this.#files = files;
    this.#clock = clock;
    this.#begunAt = clock.now();
  }

  /** Why other processes may not know what this one declares: answered once. */
  takeProblem(): string | undefined {
    const problem = this.#problem;
    this.#problem = undefined;
    return problem;
  }

  tellCheck(kind: "check" | "checked", urn: string): void {
    this.#append({ kind, urn, at: this.#clock.now() });
  }

  /** Replaces what the URN has declared. */
  declare(urn: string, keys: ClaimedKeys): void {
    this.#append({ kind: "declare", urn, keys });
  }

  add(urn: string, keys: ClaimedKeys): void {
    this.#append({ kind: "add", urn, keys });
  }

  /** The operation is no preview. */
  tellUpdate(): void {
    if (!this.#isUpdate) this.#append({ kind: "update" });
    this.#isUpdate = true;
  }

  /** What becomes of these objects: a delete is on its way, or has ended in one way or another. */
  tell(kind: "delete" | "deleted" | "stays" | "kept", ids: Float64Array): void {
    if (ids.length > 0) this.#tellOfKeys({ kind, at: this.#clock.now(), ids });
  }

  /** They are there again, whatever was deleted before. */
  tellWritten(ids: Float64Array): void {
    if (ids.length === 0) return;
    const deletedAt = ids.reduce((latest, id) => Math.max(latest, this.#deletedAt(id), this.#past.deletedAt(id)), 0);
    const record = { kind: "written", at: Math.max(this.#clock.now(), deletedAt + 1), ids } as const;
    this.#past.take(record);
    this.#tellOfKeys(record);
  }

  #tellOfKeys(record: ClaimRecord): void {
    this.#own.take(record);
    this.#append(record);
  }

  /** Reads what the others have told since the last time. */
  sync(): void {
    this.#tryTo("read", () => this.#update(this.#others, this.#files.others()));
  }

  end(): void {
    if (this.#hasHeader) this.#append({ kind: "end", at: this.#clock.now() });
    this.#abandoned.add("read").add("write");
    for (const process of [...this.#others.values(), ...(this.#plan ?? [])]) process.close();
    this.#files.close();
  }

  /** The URNs that declare the object in other processes. */
  holders(id: number): string[] {
    return this.#counting().flatMap((process) => process.holders(id));
  }

  /** The URN of a resource that declares a key of the namespace. */
  holderIn(namespace: number): string | undefined {
    return this.#counting()
      .flatMap((process) => process.holdersIn(namespace))
      .at(0);
  }

  /** True where the URN was checked, by whichever process. */
  isChecked(urn: string): boolean {
    return this.#counting().some((process) => process.isChecked(urn));
  }

  /** True where the command has begun with a preview: then it is known what the program declares. */
  get hasPlan(): boolean {
    return this.#planned().length > 0;
  }

  /** False where the plan may be that of an earlier command: an attached process serves many. */
  get isPlanCertain(): boolean {
    return this.#files.isCommandKnown;
  }

  /** True where some process of the run was asked to check a resource: the program runs. */
  get hasChecks(): boolean {
    return this.#counting().some(({ checkedAt }) => checkedAt > 0);
  }

  /** The URNs that declared the object in the preview of this command. */
  plannedHolders(id: number): string[] {
    return this.#planned().flatMap((process) => process.holders(id));
  }

  /** The URNs that declared keys of the namespace in that preview whose names were not known yet. */
  plannedUnknown(namespace: number): string[] {
    return this.#planned().flatMap((process) => process.undecidedIn(namespace));
  }

  /** What the processes of the preview have told, read once: they have ended. */
  #planned(): readonly OtherProcess[] {
    this.#tryTo("read", () => {
      this.#plan ??= lastPreview(this.#earlier());
    });
    return this.#plan ?? [];
  }

  /** The system may give the update the very port that the preview had. */
  #earlier(): OtherProcess[] {
    const { operation } = this.#files;
    const processes = this.#update(new Map(), this.#files.ofCommand());
    return processes.filter((process) => process.operation !== operation || process.hasEndedBy(this.#begunAt));
  }

  get hasDeletions(): boolean {
    return this.#fates().some(({ hasDeletions }) => hasDeletions);
  }

  /** True where some process has deleted the object, or is about to, and none has written it since. */
  isDeleted(id: number): boolean {
    const deletedAt = this.#deletedAt(id);
    return deletedAt >= 0 && this.#fates().every((fates) => fates.writtenAt(id) <= deletedAt);
  }

  #deletedAt(id: number): number {
    return Math.max(...this.#fates().map((fates) => fates.deletedAt(id)));
  }

  /** True where earlier runs have deleted anything since this time, in unix seconds. */
  hasPastSince(writtenAt: number): boolean {
    return this.#pastSince(writtenAt * 1000).lastDeletedAt >= writtenAt * 1000;
  }

  /**
   * True where an earlier run on this machine has deleted the object, or may have, when it was written last at this
   * time, in unix seconds: a state may not know that, because the run ended too early.
   */
  wasDeletedSince(id: number, writtenAt: number): boolean {
    const past = this.#pastSince(writtenAt * 1000);
    const deletedAt = past.deletedAt(id);
    return deletedAt >= writtenAt * 1000 && past.writtenAt(id) <= deletedAt;
  }

  /** True where earlier runs are known already to have deleted anything. */
  get hasRemembered(): boolean {
    return this.#past.hasDeletions;
  }

  /** True where it is known already that an earlier run has deleted the object. */
  isRemembered(id: number): boolean {
    return this.#past.deletedAt(id) >= 0;
  }

  /** Read as far back as was asked for: what this run does is told elsewhere. In unix milliseconds. */
  #pastSince(time: number): Fates {
    if (time >= this.#pastFrom) return this.#past;
    this.#pastFrom = time;
    this.#tryTo("read", () => {
      for (const lines of this.#files.past(time)) this.#past.add(fatesIn(lines));
    });
    return this.#past;
  }

  /** The URN's create has failed, and left nothing in the state; or it has succeeded after that. */
  tellCreate(kind: "failed" | "made", urn: string): void {
    this.#append({ kind, urn });
  }

  /** True where it has failed in another process. */
  hasFailed(urn: string): boolean {
    return this.#counting().some((process) => process.hasFailed(urn));
  }

  get hasKept(): boolean {
    return this.#counting().some(({ keptCount }) => keptCount > 0);
  }

  /** True where another process has left out a delete because the object is declared. */
  isKept(id: number): boolean {
    return this.#counting().some((process) => process.hasKept(id));
  }

  /** Settles once no delete of these objects is on its way in another process. */
  async afterDeletions(isAmong: (id: number) => boolean, signal: AbortSignal): Promise<void> {
    for (;;) {
      this.sync();
      const isBusy = this.#counting().some((process) => process.fates.isDeleting(isAmong) && process.isAlive);
      if (!isBusy) return;
      await this.#clock.sleep(pollMs, signal);
    }
  }

  /** When the first check was begun elsewhere, in unix milliseconds; infinite where there was none. */
  firstCheckAt(): number {
    return Math.min(...this.#counting().map((process) => process.firstCheckAt));
  }

  /** When a check was last begun or ended elsewhere, in unix milliseconds; now while one is under way. */
  lastCheckAt(): number {
    this.sync();
    const now = this.#clock.now();
    return Math.max(...this.#counting().map((each) => (each.isChecking && each.isAlive ? now : each.checkedAt)), 0);
  }

  #fates(): Fates[] {
    return [this.#own, ...this.#counting()].map(({ fates }) => fates);
  }

  /** The other processes of this run. */
  #counting(): OtherProcess[] {
    if (this.#others.size === 0) return [];
    const now = Date.now();
    const { command } = this.#files;
    return [...this.#others.values()].filter((process) => process.counts(command, this.#begunAt, now));
  }

  #update(known: Map<string, OtherProcess>, names: readonly FileName[]): OtherProcess[] {
    for (const name of names) {
      const process = known.get(name.text) ?? new OtherProcess(name, this.#files.open(name));
      known.set(name.text, process);
      process.read();
    }
    return [...known.values()];
  }

  #append(record: ClaimRecord): void {
    this.#tryTo("write", () => {
      if (!this.#hasHeader) this.#files.append(header(version));
      this.#hasHeader = true;
      this.#files.append(writeRecord(record));
    });
  }

  #tryTo(what: "read" | "write", act: () => void): void {
    if (this.#abandoned.has(what)) return;
    try {
      act();
    } catch (error) {
      if (this.#abandoned.size === 0) this.#problem = problemText(this.#files.folder, error);
      this.#abandoned.add(what);
    }
  }
}

function problemText(folder: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : "unknown reason";
  return (
    `this provider cannot use the folder ${folder} (${reason}), by which the providers of one run tell each other what ` +
    "they declare. A key that moves in this run from one provider to another, or to another version of it, may be " +
    "deleted: `pulumi refresh` and then `pulumi up` writes it again. To repair it, remove that folder, or give it to " +
    "your user alone (chmod 700)"
  );
}

/** What one process has told. */
class Told {
  readonly #declared = new Map<string, Declared>();
  readonly #checking = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #kept = new Set<number>();
  readonly fates = new Fates();
  endedAt: number | undefined;
  /** True where the operation was no preview. */
  isUpdate = false;
  firstCheckAt = Number.POSITIVE_INFINITY;
  checkedAt = 0;

  get isChecking(): boolean {
    return this.#checking.size > 0;
  }

  isChecked(urn: string): boolean {
    return this.#declared.has(urn) || this.#checking.has(urn);
  }

  holders(id: number): string[] {
    return this.#urnsOf(({ ids }) => ids.some((set) => set.has(id)));
  }

  holdersIn(namespace: number): string[] {
    return this.#urnsOf((it) => it.namespace === namespace && it.ids.some(({ size }) => size > 0));
  }

  undecidedIn(namespace: number): string[] {
    return this.#urnsOf((it) => it.namespace === namespace && it.hasUnknown);
  }

  #urnsOf(isMeant: (declared: Declared) => boolean): string[] {
    return [...this.#declared].filter(([, declared]) => isMeant(declared)).map(([urn]) => urn);
  }

  hasFailed(urn: string): boolean {
    return this.#failed.has(urn);
  }

  get keptCount(): number {
    return this.#kept.size;
  }

  hasKept(id: number): boolean {
    return this.#kept.has(id);
  }

  take(record: ClaimRecord | undefined): void {
    switch (record?.kind) {
      case "check":
        this.#checking.add(record.urn);
        this.firstCheckAt = Math.min(this.firstCheckAt, record.at);
        this.checkedAt = record.at;
        break;
      case "checked":
        this.#checking.delete(record.urn);
        this.checkedAt = record.at;
        break;
      case "declare":
        this.#declared.set(record.urn, setsOf(record.keys));
        break;
      case "add":
        this.#add(record.urn, record.keys);
        break;
      case "failed":
        this.#failed.add(record.urn);
        break;
      case "made":
        this.#failed.delete(record.urn);
        break;
      case "update":
        this.isUpdate = true;
        break;
      case "end":
        this.endedAt = record.at;
        break;
      case "kept":
        for (const id of record.ids) this.#kept.add(id);
        break;
      case "written":
      case "delete":
      case "deleted":
      case "stays":
        this.fates.take(record);
    }
  }

  #add(urn: string, keys: ClaimedKeys): void {
    const before = this.#declared.get(urn);
    if (before) before.ids.push(new HashSet(keys.ids));
    else this.#declared.set(urn, setsOf(keys));
  }
}

/** What another process has told in its file. */
class OtherProcess extends Told {
  readonly operation: string;
  readonly startedAt: number;
  readonly #pid: number;
  readonly #command: string;
  readonly #reader: FileReader;
  /** The process was killed long ago, and another one has its id. Looked up once: whoever deletes asks for each key. */
  readonly #isOtherProcess: boolean;

  constructor({ operation, command, pid, startedAt }: FileName, reader: FileReader) {
    super();
    this.operation = operation;
    this.#pid = pid;
    this.startedAt = startedAt;
    this.#command = command;
    this.#reader = reader;
    this.#isOtherProcess = hasBegunAfter(pid, startedAt);
  }

  read(): void {
    for (const line of this.#reader.lines()) this.take(readRecord(line));
  }

  close(): void {
    this.#reader.close();
  }

  get isAlive(): boolean {
    return !this.#isOtherProcess && isAlive(this.#pid);
  }

  hasEndedBy(time: number): boolean {
    return this.endedAt !== undefined && this.endedAt <= time;
  }

  /** The address of an engine is used again some day: false for the file of a run that was over by then. */
  counts(command: string, begunAt: number, now: number): boolean {
    if (this.#command === command) return !this.hasEndedBy(begunAt);
    return this.endedAt === undefined ? this.isAlive : now - this.endedAt < graceMs;
  }
}

/** Of the operation before this one: a long-lived command or provider has seen many. Empty where it was no preview. */
function lastPreview(processes: readonly OtherProcess[]): OtherProcess[] {
  const last = processes.reduce((latest, { startedAt }) => Math.max(latest, startedAt), 0);
  const operation = processes.find(({ startedAt }) => startedAt === last)?.operation;
  const ofLast = processes.filter((process) => process.operation === operation);
  return ofLast.some(({ isUpdate }) => isUpdate) ? [] : ofLast;
}

/** What one resource declares. */
interface Declared {
  readonly namespace: number;
  readonly ids: HashSet[];
  readonly hasUnknown: boolean;
}

function setsOf({ namespace, ids, hasUnknown = false }: ClaimedKeys): Declared {
  return { namespace, ids: [new HashSet(ids)], hasUnknown };
}

/** Numbers that are looked up only when something is about to be deleted. */
class HashSet {
  readonly #hashes: Float64Array;
  #set: Set<number> | undefined;

  constructor(hashes: Float64Array) {
    this.#hashes = hashes;
  }

  get size(): number {
    return this.#hashes.length;
  }

  has(hash: number): boolean {
    this.#set ??= new Set(this.#hashes);
    return this.#set.has(hash);
  }
}
