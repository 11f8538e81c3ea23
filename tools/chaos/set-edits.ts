import { type Edit, withSet } from "./edit";
import { entriesOf, type SetDeclaration } from "./program";

export const addSet: Edit = (program, draw) => {
  const namespace = draw.random.of(program.namespaces)?.name;
  if (!namespace || program.sets.length > 3) return undefined;
  return { program: { ...program, sets: [...program.sets, draw.set(program, namespace)] }, kind: "other" };
};

export const editSet: Edit = (program, draw) => {
  const chosen = draw.random.of(program.sets);
  if (!chosen) return undefined;
  const entries = { ...chosen.entries };
  const changed = draw.random.of(Object.entries(entries));
  if (changed) entries[changed[0]] = draw.changed(changed[1]);
  const added = draw.freeKey(program, chosen.namespace, chosen.keyPrefix || undefined);
  if (added !== undefined) entries[added] = draw.entry();
  return withSet(program, chosen, { ...chosen, entries }, "setEdit");
};

/** Some entries go, and others come: what goes must not go before those have come. */
export const pruneSet: Edit = (program, draw) => {
  const chosen = draw.random.of(program.sets.filter(({ entries }) => Object.keys(entries).length > 1));
  if (!chosen) return undefined;
  const [, ...rest] = draw.random.shuffled(Object.entries(chosen.entries));
  const kept = draw.random.chance(0.5) ? rest.slice(1) : rest;
  const added = draw.freeKey(program, chosen.namespace, chosen.keyPrefix || undefined);
  const entries = { ...Object.fromEntries(kept), ...(added !== undefined && { [added]: draw.entry() }) };
  return { ...withSet(program, chosen, { ...chosen, entries }, "prune"), gained: added };
};

export const dropSet: Edit = (program, { random }) => {
  const chosen = random.of(program.sets);
  return chosen && withSet(program, chosen, undefined, "other");
};

export const renameSet: Edit = (program, draw) => {
  const chosen = draw.random.of(program.sets);
  return chosen && withSet(program, chosen, { ...chosen, name: draw.name("set") }, "move");
};

export const replaceSet: Edit = (program, draw) => {
  const chosen = draw.random.of(program.sets);
  const namespace = draw.random.of(program.namespaces.filter(({ name }) => name !== chosen?.namespace))?.name;
  if (!chosen || !namespace) return undefined;
  const taken = entriesOf(program, namespace);
  const entries = Object.fromEntries(Object.entries(chosen.entries).filter(([key]) => !taken.has(key)));
  return withSet(program, chosen, { ...chosen, namespace, entries, prune: "removed" }, "move");
};

export const togglePrune: Edit = (program, { random }) => {
  const chosen = random.of(program.sets.filter(({ keyPrefix }) => keyPrefix !== ""));
  if (!chosen) return undefined;
  const isTaken = (set: SetDeclaration) => set.prune === "unlisted" && set.namespace === chosen.namespace;
  const prune = chosen.prune === "removed" ? "unlisted" : "removed";
  if (prune === "unlisted" && program.sets.some(isTaken)) return undefined;
  return withSet(program, chosen, { ...chosen, prune }, "setEdit");
};

/** The same entries come from a file, or come from none any more. */
export const toggleFile: Edit = (program, { random }) => {
  const chosen = random.of(program.sets);
  return chosen && withSet(program, chosen, { ...chosen, isFile: !chosen.isFile }, "setEdit");
};

/** A set depends on an earlier one, or on none any more. */
export const chainSets: Edit = (program, { random }) => {
  const chosen = random.of(program.sets.filter(({ prune }) => prune === "removed"));
  if (!chosen) return undefined;
  const earlier = program.sets.slice(0, program.sets.indexOf(chosen)).filter(({ prune }) => prune === "removed");
  const after = chosen.after === undefined ? random.of(earlier)?.name : undefined;
  return withSet(program, chosen, { ...chosen, after }, "setEdit");
};
