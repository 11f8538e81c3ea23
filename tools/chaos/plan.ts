import { Draw } from "./draw";
import { type EditKind, withKey, withSet } from "./edit";
import { edited, firstProgram } from "./edits";
import { drawFault, drawMisreading, type NamedFault, refusalOf } from "./fault";
import { moveKeyOutOfSet, toClasses, upgrade } from "./move-edits";
import type { NamespaceDeclaration, Program, Server } from "./program";
import { Random } from "./random";
import { pruneSet } from "./set-edits";

/** Something that happens when the emulator sees our k-th request in an `up`, or has carried it out. */
export interface Event {
  readonly at: number;
  readonly when: "request" | "answer";
  readonly what: "kill" | "interrupt" | "foreign write";
  /** Then the k-th of this operation. */
  readonly operation?: string;
}

export interface Edition {
  readonly program: Program;
  readonly edits: readonly EditKind[];
  readonly faults: readonly NamedFault[];
  /** Of the first `up`, the second, … */
  readonly events: readonly (readonly Event[])[];
  /** Whether a refresh comes before the first `up`. */
  readonly isRefreshed: boolean;
  /** Whether each `up` begins with a preview, by which it knows what comes later in the program. */
  readonly isPreviewed: boolean;
  /** Whether its user has enough of it after one `up`, however that has ended: another program follows. */
  readonly isGivenUp: boolean;
  /** Keys that nobody declares, put below the prefixes whose `unlisted` keys a set deletes. */
  readonly hasStrays: boolean;
}

export const nothing: Program = { namespaces: [], keys: [], sets: [] };

/** All that a run does and meets, drawn before anything runs: nothing's pace can change it. */
export interface Plan {
  readonly seed: number;
  readonly parallel: number;
  readonly sentinel: string;
  readonly editions: readonly Edition[];
}

export function drawPlan(seed: number): Plan {
  const random = new Random(seed);
  const sentinel = `chaos-secret-${seed}-${random.between(1e8, 1e9)}`;
  // Their process takes twice as long to start: most of a run's time.
  const server: Server = seed % 20 === 3 ? "classes" : "plugin";
  const draw = new Draw(random, sentinel, server);
  const parallel = random.chance(0.8) ? 1 : 4;
  const editions = drawEditions(draw);
  const last = editions.at(-1)?.program ?? nothing;
  // Drawn by itself, so that what a seed draws before stays what it is.
  const after = new Draw(new Random(seed ^ 0x5bd1e995), sentinel, server, "after");
  return { seed, parallel, sentinel, editions: [...editions, ...givenUp(last, after)] };
}

function drawEditions(draw: Draw): Edition[] {
  const { random } = draw;
  let program = firstProgram(draw);
  const editions = [edition(program, [], random)];
  for (let i = random.chance(0.3) ? 2 : 1; i > 0; i--) {
    if (random.chance(0.2)) {
      program = withUntitled(program, draw);
      // A namespace whose title the provider makes comes in peace: killed as it creates it, nobody knows of it, as an
      // engine's pending operations tell its user.
      editions.push(quiet(program));
    }
    const refused = random.chance(0.4) ? refusedPrune(program, draw) : undefined;
    const next = refused ?? changed(program, draw);
    editions.push(next);
    program = next.program;
    // What a refresh is told wrongly, the program puts right: so long as it declares the same.
    if (random.chance(0.25)) editions.push(refreshed(edition(program, [], random), random));
  }
  return editions;
}

function changed(program: Program, draw: Draw): Edition {
  const kinds: EditKind[] = [];
  let next = program;
  for (let edits = draw.random.between(2, 4); edits > 0; edits--) {
    const { program, kind } = edited(next, draw);
    kinds.push(kind);
    next = program;
  }
  const { random } = draw;
  const other = random.chance(0.35) ? (random.chance(0.8) ? upgrade : toClasses)(next, draw) : undefined;
  if (!other) return edition(next, kinds, random);
  return edition(other.program, [...kinds, other.kind], random);
}

/** What is to go must stay, so long as what comes in its place is refused. */
function refusedPrune(program: Program, draw: Draw): Edition | undefined {
  const pruned = pruneSet(program, draw);
  if (pruned?.gained === undefined) return undefined;
  const next = edition(pruned.program, [pruned.kind], draw.random);
  return { ...next, faults: [refusalOf(pruned.gained), ...next.faults] };
}

function edition(program: Program, edits: readonly EditKind[], random: Random): Edition {
  const faults = random.chance(0.75) ? Array.from({ length: random.between(2, 4) }, () => drawFault(random)) : [];
  const events = random.chance(0.5) ? [drawEvents(random), random.chance(0.3) ? drawEvents(random) : []] : [];
  const isPreviewed = program.sets.some(({ after }) => after !== undefined) || random.chance(0.1);
  return { ...quiet(program, edits), faults, events, isPreviewed, hasStrays: random.chance(0.5) };
}

function refreshed(edition: Edition, random: Random): Edition {
  return { ...edition, faults: [drawMisreading(random), ...edition.faults], isRefreshed: true };
}

function drawEvents(random: Random): Event[] {
  const whats = ["kill", "kill", "interrupt", "foreign write", "foreign write"] as const;
  const whens = ["request", "answer"] as const;
  const draw = () => ({ at: random.between(1, 8), when: random.oneOf(whens), what: random.oneOf(whats) });
  return Array.from({ length: random.between(0, 2) }, draw);
}

/** Nothing disturbs it. */
function quiet(program: Program, edits: readonly EditKind[] = []): Edition {
  return {
    program,
    edits,
    faults: [],
    events: [],
    isRefreshed: false,
    isPreviewed: false,
    isGivenUp: false,
    hasStrays: false,
  };
}

/** In the end some users give a program up half-way, and what follows is not what it was to become. */
function givenUp(program: Program, draw: Draw): Edition[] {
  if (!draw.random.chance(0.35)) return [];
  const stories = draw.random.shuffled([killedPrune, refusedMove, replacedTwin]);
  return stories.map((story) => story(program, draw)).find((editions) => editions.length > 0) ?? [];
}

/** Killed in the deletes of a set; then comes the program before. */
function killedPrune(program: Program, { random }: Draw): Edition[] {
  const chosen = random.of(program.sets.filter(({ entries }) => Object.keys(entries).length > 1));
  if (!chosen) return [];
  const entries = Object.fromEntries(Object.entries(chosen.entries).slice(0, 1));
  const { program: pruned } = withSet(program, chosen, { ...chosen, entries }, "givenUp");
  const kill = {
    at: 1,
    when: random.oneOf(["request", "answer"] as const),
    what: "kill",
    operation: "bulk.delete",
  } as const;
  return [{ ...quiet(pruned, ["givenUp"]), isGivenUp: true, events: [[kill]] }, quiet(program)];
}

/** A key leaves a set for a resource of its own, whose write is refused; then comes a program without it. */
function refusedMove(program: Program, draw: Draw): Edition[] {
  const moved = moveKeyOutOfSet(program, draw)?.program;
  const single = moved?.keys.at(-1);
  if (!moved || !single) return [];
  const faults = [{ ...refusalOf(single.key), kind: "403" }];
  const without = withKey(moved, single, undefined, "givenUp").program;
  return [{ ...quiet(moved, ["givenUp"]), isGivenUp: true, faults }, quiet(without)];
}

/** A key is declared twice; the first is replaced, delete-first, by one whose write is refused; the second comes later. */
function replacedTwin(program: Program, draw: Draw): Edition[] {
  const chosen = draw.random.of(program.keys);
  const key = chosen && draw.freeKey(program, chosen.namespace);
  if (!chosen || !key) return [];
  const first = { ...chosen, deletesFirst: true };
  const twin = { ...chosen, name: draw.name("twin"), after: first.name };
  const twins = { ...program, keys: [...program.keys.map((each) => (each === chosen ? first : each)), twin] };
  const { program: parted } = withKey(twins, first, { ...first, key }, "givenUp");
  const refused = { ...quiet(parted), isGivenUp: true, faults: [refusalOf(key)] };
  return [quiet(twins, ["givenUp"]), refused, quiet(parted)];
}

function withUntitled(program: Program, draw: Draw): Program {
  const added: NamespaceDeclaration = { name: draw.name("ns"), server: draw.server, isShared: false };
  return { ...program, namespaces: [...program.namespaces, added] };
}
