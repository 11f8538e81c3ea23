import { type ClaimRecord, readRecord, writeRecord } from "./claim-log";

type Fate = Extract<ClaimRecord, { readonly ids: Float64Array }>;

/** What has become of objects, as one process has told it: which were deleted, or may be, and which were written again. */
export class Fates {
  readonly #deleting = new Set<number>();
  readonly #deleted = new Map<number, number>();
  readonly #written = new Map<number, number>();

  get hasDeletions(): boolean {
    return this.#deleting.size > 0 || this.#deleted.size > 0;
  }

  isDeleting(isAmong: (id: number) => boolean): boolean {
    return [...this.#deleting].some(isAmong);
  }

  /** The last of all; -1 where there is none. */
  get lastDeletedAt(): number {
    let last = -1;
    for (const at of this.#deleted.values()) last = Math.max(last, at);
    return last;
  }

  /** Unix milliseconds; -1 where it is not deleted. One that nobody knows the end of counts. */
  deletedAt(id: number): number {
    return this.#deleted.get(id) ?? -1;
  }

  writtenAt(id: number): number {
    return this.#written.get(id) ?? -1;
  }

  take({ kind, at, ids }: Fate): void {
    for (const id of ids) {
      if (kind === "written") this.#written.set(id, at);
      else if (kind !== "kept") this.#follow(id, kind, at);
    }
  }

  /** The same, and what others have told, each of which knows of its own only. */
  add(other: Fates): void {
    for (const [id, at] of other.#deleted) this.#deleted.set(id, Math.max(at, this.deletedAt(id)));
    for (const [id, at] of other.#written) this.#written.set(id, Math.max(at, this.writtenAt(id)));
  }

  /** What it comes to in the end, in as few lines as can be. */
  lines(): string[] {
    return [...linesOf("deleted", this.#deleted), ...linesOf("written", this.#written)];
  }

  #follow(id: number, kind: "delete" | "deleted" | "stays", at: number): void {
    if (kind === "delete") this.#deleting.add(id);
    else this.#deleting.delete(id);
    if (kind === "stays") this.#deleted.delete(id);
    else this.#deleted.set(id, at);
  }
}

const isOfFate = /^\{"kind":"(?:delete|deleted|stays|written)",/;

/** What the lines of a process that has ended tell. A line that is no record, as a kill leaves one, tells nothing. */
export function fatesIn(lines: readonly string[]): Fates {
  const fates = new Fates();
  for (const line of lines) {
    const record = isOfFate.test(line) ? orNothing(() => readRecord(line)) : undefined;
    if (record && "ids" in record) fates.take(record);
  }
  return fates;
}

function linesOf(kind: "deleted" | "written", times: ReadonlyMap<number, number>): string[] {
  const byTime = Map.groupBy(times, ([, at]) => at);
  return [...byTime].map(([at, group]) => writeRecord({ kind, at, ids: Float64Array.from(group, ([id]) => id) }));
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
