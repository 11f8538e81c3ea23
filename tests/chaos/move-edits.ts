import { type Edit, withKey, withSet } from "./edit";
import type { KeyDeclaration, SetDeclaration } from "./program";

export const moveKeyIntoSet: Edit = (program, { random }) => {
  const set = random.of(program.sets);
  const key = random.of(program.keys.filter((each) => set && isBelow(each, set)));
  if (!set || !key) return undefined;
  const without = withKey(program, key, undefined, "move").program;
  return withSet(without, set, { ...set, entries: { ...set.entries, [key.key]: key.entry } }, "move");
};

export const moveKeyOutOfSet: Edit = (program, draw) => {
  const set = draw.random.of(program.sets);
  const moved = set && draw.random.of(Object.entries(set.entries));
  if (!set || !moved) return undefined;
  const [key, entry] = moved;
  const { program: without } = withSet(program, set, { ...set, entries: less(set.entries, key) }, "move");
  const single = { name: draw.name("key"), namespace: set.namespace, key, entry };
  return { program: { ...without, keys: [...without.keys, single] }, kind: "move" };
};

export const moveBetweenSets: Edit = (program, { random }) => {
  const from = random.of(program.sets);
  const to = random.of(program.sets.filter((set) => set !== from && set.namespace === from?.namespace));
  if (!from || !to) return undefined;
  const moved = random.of(Object.entries(from.entries).filter(([key]) => key.startsWith(to.keyPrefix)));
  if (!moved) return undefined;
  const [key, entry] = moved;
  const { program: without } = withSet(program, from, { ...from, entries: less(from.entries, key) }, "move");
  return withSet(without, to, { ...to, entries: { ...to.entries, [key]: entry } }, "move");
};

function less(entries: SetDeclaration["entries"], key: string): SetDeclaration["entries"] {
  return Object.fromEntries(Object.entries(entries).filter(([each]) => each !== key));
}

function isBelow({ namespace, key }: KeyDeclaration, set: SetDeclaration): boolean {
  return namespace === set.namespace && key.startsWith(set.keyPrefix) && key !== set.keyPrefix;
}
