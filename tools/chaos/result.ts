import type { EditKind } from "./edit";
import { faultKinds } from "./fault";

export type Harm = "lost" | "orphaned" | "foreignTouched" | "leaked" | "crashed";

/** What a run, or many together, did, met and left behind. */
export class Result {
  runs = 1;
  converged = 0;
  readonly harm: Record<Harm, number> = { lost: 0, orphaned: 0, foreignTouched: 0, leaked: 0, crashed: 0 };
  kills = 0;
  readonly faults: Record<string, number> = Object.fromEntries([...faultKinds, "Ctrl-C"].map((kind) => [kind, 0]));
  readonly edits: Record<EditKind, number> = { setEdit: 0, move: 0, prune: 0, upgrade: 0, givenUp: 0, other: 0 };
  foreignWrites = 0;
  /** What went wrong, in sentences. */
  readonly notes: string[] = [];

  constructor(readonly seed: number) {}

  static sum(seed: number, results: readonly Result[]): Result {
    const total = new Result(seed);
    total.runs = 0;
    for (const each of results) total.#plus(each);
    return total;
  }

  add(harm: Harm, found: readonly string[]): void {
    this.harm[harm] += found.length;
    for (const each of found) this.note(`${harm}: ${each}`);
  }

  note(text: string): void {
    this.notes.push(text);
  }

  countEdit(kind: EditKind): void {
    this.edits[kind]++;
  }

  countFault(kind: string): void {
    this.faults[kind] = (this.faults[kind] ?? 0) + 1;
  }

  get isHarmless(): boolean {
    return this.converged === this.runs && Object.values(this.harm).every((count) => count === 0);
  }

  /** What was tried in less than a twentieth of the runs; chance rules a few. */
  get neglected(): string[] {
    if (this.runs < 200) return [];
    const { kills, setEdits, moves, pruned, upgrades, givenUp, foreignWrites, faults } = this.toJSON();
    const tried = { kills, setEdits, moves, pruned, upgrades, givenUp, foreignWrites, ...faults };
    return Object.keys(tried).filter((what) => (tried[what as keyof typeof tried] ?? 0) < this.runs / 20);
  }

  toJSON() {
    const { runs, converged, harm, kills, faults, edits, foreignWrites } = this;
    const { setEdit: setEdits, move: moves, prune: pruned, upgrade: upgrades, givenUp } = edits;
    return { runs, converged, ...harm, kills, faults, setEdits, moves, pruned, upgrades, givenUp, foreignWrites };
  }

  #plus({ runs, converged, harm, kills, faults, edits, foreignWrites }: Result): void {
    this.runs += runs;
    this.converged += converged;
    this.kills += kills;
    this.foreignWrites += foreignWrites;
    addTo(this.harm, harm);
    addTo(this.faults, faults);
    addTo(this.edits, edits);
  }
}

function addTo(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
}
