import fc from "fast-check";
import { unknownSomewhere } from "./check-invariants";
import { checked, invariant, living, type Marked, must, type Subject } from "./invariant";
import { type Difference, isNothing, isReplacement } from "./resource";
import { type Bag, isSame } from "./value";

export const findsNothing = invariant<Bag>({
  sentence: "Diff of equal inputs finds nothing",
  generated: ({ inputs }) => inputs,
  async holds(subject, inputs) {
    await living(subject, inputs, async (state) => {
      const news = await checked(subject, inputs, state.inputs);
      mustFindNothing(await subject.resource.diff(state, news));
      return undefined;
    });
  },
});

export const agrees = invariant<[Bag, Bag]>({
  sentence: "Diff says the same in changes, diffs, replaces and detailedDiff",
  generated: pairs,
  holds: (subject, pair) => comparing(subject, pair, (difference) => mustAgree(difference)),
});

export const findsChanges = invariant<[Bag, Bag]>({
  sentence: "Diff finds each property that has changed",
  generated: pairs,
  holds: (subject, pair) =>
    comparing(subject, pair, ({ diffs }, changed) => {
      const missed = changed.filter((name) => !diffs.includes(name));
      must(missed.length === 0, `${missed.join(", ")} changed, and diffs has ${diffs.join(", ") || "nothing"}`);
    }),
});

export const replacesRightly = invariant<[Bag, Bag]>({
  sentence: "Diff plans a replacement where the case says so, and nowhere else",
  generated: pairs,
  holds: (subject, pair) =>
    comparing(subject, pair, ({ replaces }, changed) => {
      const wanted = changed.filter((name) => subject.replaces.includes(name));
      const wrong = [
        ...wanted.filter((name) => !replaces.includes(name)).map((name) => `${name} does not replace`),
        ...replaces.filter((name) => !wanted.includes(name)).map((name) => `${name} replaces`),
      ];
      must(wrong.length === 0, wrong.join(", "));
    }),
});

export const doubtsUnknowns = invariant<Marked>({
  sentence: "Diff takes what is not known for a change",
  generated: ({ inputs }) => unknownSomewhere(inputs),
  holds: (subject, { path: [name], before, after }) =>
    comparing(subject, [before, after], (difference) => {
      mustAgree(difference);
      must(
        name === undefined || difference.diffs.includes(String(name)),
        `${name} is not known, and diffs does not have it`,
      );
    }),
});

export function mustFindNothing(difference: Difference): void {
  mustAgree(difference);
  must(isNothing(difference), `Diff finds ${difference.diffs.join(", ")}`);
}

function pairs({ inputs }: Subject): fc.Arbitrary<[Bag, Bag]> {
  return fc.tuple(inputs, inputs);
}

/** What Diff says of a resource with these inputs when it is declared with those, and which of them have changed. */
async function comparing(
  subject: Subject,
  [before, after]: readonly [Bag, Bag],
  judge: (difference: Difference, changed: readonly string[]) => void,
): Promise<void> {
  await living(subject, before, async (state) => {
    const news = await checked(subject, after, state.inputs);
    const names = Object.keys({ ...state.inputs, ...news }).filter((name) => !name.startsWith("__"));
    const changed = names.filter((name) => !isSame(state.inputs[name], news[name]));
    judge(await subject.resource.diff(state, news), changed);
    return undefined;
  });
}

function mustAgree(difference: Difference): void {
  const { diffs, replaces, detailed } = difference;
  const paths = [...detailed.keys()];
  mustBeSame("diffs", diffs, "detailedDiff", new Set(paths.map(topLevel)));
  const replacing = paths.filter((path) => isReplacement(detailed.get(path) ?? 0));
  mustBeSame("replaces", replaces, "the replacements of detailedDiff", new Set(replacing.map(topLevel)));
  must(
    isNothing(difference) === (diffs.length === 0),
    `changes is ${difference.changes}, and diffs has ${diffs.length}`,
  );
}

function mustBeSame(what: string, list: readonly string[], other: string, names: ReadonlySet<string>): void {
  must(new Set(list).size === list.length, `${what} names a property twice: ${list.join(", ")}`);
  const isSameSet = list.length === names.size && list.every((name) => names.has(name));
  must(isSameSet, `${what} has ${list.join(", ") || "nothing"}, and ${other} ${[...names].join(", ") || "nothing"}`);
}

function topLevel(path: string): string {
  const [, quoted, name] = /^\["((?:\\"|[^"])*)"\]|^([^.[]+)/.exec(path) ?? [];
  return quoted?.replaceAll('\\"', '"') ?? name ?? path;
}
