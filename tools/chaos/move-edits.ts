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
  if (!set || !moved || !mayLose(set)) return undefined;
  const [key, entry] = moved;
  const { program: without } = withSet(program, set, { ...set, entries: less(set.entries, key) }, "move");
  const single = { name: draw.name("key"), ...draw.place(), namespace: set.namespace, key, entry };
  return { program: { ...without, keys: [...without.keys, single] }, kind: "move" };
};

export const moveBetweenSets: Edit = (program, { random }) => {
  const from = random.of(program.sets);
  const to = random.of(program.sets.filter((set) => set !== from && set.namespace === from?.namespace));
  if (!from || !to || !mayLose(from)) return undefined;
  const moved = random.of(Object.entries(from.entries).filter(([key]) => key.startsWith(to.keyPrefix)));
  if (!moved) return undefined;
  const [key, entry] = moved;
  const { program: without } = withSet(program, from, { ...from, entries: less(from.entries, key) }, "move");
  return withSet(without, to, { ...to, entries: { ...to.entries, [key]: entry } }, "move");
};

/** A resource goes into a component, or out of it: for the engine it is another resource. */
export const toChild: Edit = (program, { random }) => {
  const key = random.of(program.keys);
  const set = random.of(program.sets);
  if (key && random.chance(0.5)) return withKey(program, key, { ...key, isChild: !key.isChild }, "move");
  return set && withSet(program, set, { ...set, isChild: !set.isChild }, "move");
};

/** An upgrade of the SDK, a way back, or a step from the classes to the plugin: everything has another process then. */
export const upgrade: Edit = (program, draw) => {
  draw.server = draw.server === "plugin" ? "newer plugin" : "plugin";
  const { server } = draw;
  const moved = <T extends object>(declared: readonly T[]) => declared.map((each) => ({ ...each, server }));
  return {
    // From one type to another a namespace is not renamed, but made anew: where strangers write it stays where it is.
    program: {
      namespaces: program.namespaces.map((each) => (each.server === "classes" ? each : { ...each, server })),
      keys: moved(program.keys),
      sets: moved(program.sets),
    },
    kind: "upgrade",
  };
};

/** One resource is served by the classes now, beside the others: both ways in, in one program. */
export const toClasses: Edit = (program, { random }) => {
  const server = "classes";
  const key = random.of(program.keys.filter((each) => each.server !== server));
  const set = random.of(program.sets.filter((each) => each.server !== server));
  if (key && random.chance(0.5)) return withKey(program, key, { ...key, server }, "upgrade");
  return set && withSet(program, set, { ...set, server }, "upgrade");
};

/** A key leaves a set for a new one that comes later, and depends on the first or not. */
export const moveToLater: Edit = (program, draw) => {
  const from = draw.random.of(program.sets.filter(({ prune, entries }) => prune === "removed" && hasTwo(entries)));
  const moved = from && draw.random.of(Object.entries(from.entries));
  if (!from || !moved || program.sets.length > 4) return undefined;
  const [key, entry] = moved;
  const { program: without } = withSet(program, from, { ...from, entries: less(from.entries, key) }, "move");
  const after = draw.random.chance(0.5) ? from.name : undefined;
  const later = { ...draw.set(without, from.namespace), keyPrefix: "", entries: { [key]: entry }, after };
  return { program: { ...without, sets: [...without.sets, later] }, kind: "move" };
};

/** A file without any entry is a mistake, where keys would be deleted for it. */
function mayLose({ isFile, entries }: SetDeclaration): boolean {
  return !isFile || hasTwo(entries);
}

function hasTwo(entries: SetDeclaration["entries"]): boolean {
  return Object.keys(entries).length > 1;
}

function less(entries: SetDeclaration["entries"], key: string): SetDeclaration["entries"] {
  return Object.fromEntries(Object.entries(entries).filter(([each]) => each !== key));
}

function isBelow({ namespace, key }: KeyDeclaration, set: SetDeclaration): boolean {
  return namespace === set.namespace && key.startsWith(set.keyPrefix) && key !== set.keyPrefix;
}
