import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { checked, invariant, type Marked, marked, must, type Subject } from "./invariant";
import {
  type Bag,
  clearTexts,
  formatPath,
  isHidden,
  isUnknownAt,
  type Path,
  plain,
  secret,
  unknowns,
  type Value,
} from "./value";

export const accepts = invariant<Bag>({
  sentence: "Check accepts valid inputs",
  generated: ({ inputs }) => inputs,
  async holds(subject, inputs) {
    await checked(subject, inputs);
  },
});

export const isIdempotent = invariant<Bag>({
  sentence: "Check of what Check has answered changes nothing",
  generated: ({ inputs }) => inputs,
  async holds(subject, inputs) {
    const first = await checked(subject, inputs);
    const second = await checked(subject, first);
    const names = Object.keys({ ...first, ...second }).filter((name) => !isDeepStrictEqual(first[name], second[name]));
    must(names.length === 0, `the second answer differs in ${names.join(", ")}`);
  },
});

export const keepsSecrets = invariant<Marked>({
  sentence: "what is secret in the inputs is secret in Check's answer",
  generated: secretSomewhere,
  async holds(subject, { path, before, after }) {
    mustHide(await checked(subject, after), path, before, "Check");
  },
});

export const keepsUnknowns = invariant<Marked>({
  sentence: "what is unknown in the inputs is unknown in Check's answer",
  generated: ({ inputs }) => unknownSomewhere(inputs),
  async holds(subject, { path, after }) {
    const answer = await checked(subject, after);
    must(path.length === 0 || isUnknownAt(answer, path), `Check answers ${formatPath(path)} as known`);
  },
});

/** One value, at any depth, is secret. */
export function secretSomewhere({ inputs }: Subject): fc.Arbitrary<Marked> {
  return marked(
    inputs.map((bag) => plain(bag) as Bag),
    fc.constant(secret),
  );
}

/** One value, at any depth, is not known. */
export function unknownSomewhere(inputs: fc.Arbitrary<Bag>, except: readonly string[] = []): fc.Arbitrary<Marked> {
  return marked(inputs, fc.constantFrom(...unknowns.map((unknown) => () => unknown)), except);
}

/** Shorter texts are found in others by chance. */
const minTellingLength = 8;

/** Throws where the value in this place of the inputs can be read in the answer, there or anywhere. */
export function mustHide(answer: Bag, path: Path, inputs: Bag, rpc: string): void {
  if (path.length === 0) return;
  must(isHidden(answer, path), `${rpc} answers ${formatPath(path)} in clear`);
  const told = clearTexts(inputs);
  const hidden = clearTexts(path.reduce<Value>((value, step) => (value as Bag)[step] ?? null, inputs));
  const others = told.filter((text) => !hidden.includes(text));
  const leaked = hidden.filter(
    (text) => text.length >= minTellingLength && !others.some((other) => other.includes(text)),
  );
  const leak = Object.entries(answer).find(([, value]) =>
    clearTexts(value).some((text) => leaked.some((part) => text.includes(part))),
  );
  must(!leak, `${rpc} shows in ${leak?.[0]} what is secret in ${formatPath(path)}`);
}
