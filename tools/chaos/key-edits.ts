import { type Edit, withKey } from "./edit";

export const addKey: Edit = (program, draw) => {
  const namespace = draw.random.of(program.namespaces)?.name;
  const key = namespace && draw.freeKey(program, namespace);
  if (!namespace || !key || program.keys.length > 5) return undefined;
  const added = { name: draw.name("key"), ...draw.place(), namespace, key, entry: draw.entry() };
  return { program: { ...program, keys: [...program.keys, added] }, kind: "other" };
};

export const changeKey: Edit = (program, draw) => {
  const chosen = draw.random.of(program.keys);
  return chosen && withKey(program, chosen, { ...chosen, entry: draw.changed(chosen.entry) }, "other");
};

export const dropKey: Edit = (program, { random }) => {
  const chosen = random.of(program.keys);
  return chosen && withKey(program, chosen, undefined, "other");
};

export const renameKey: Edit = (program, draw) => {
  const chosen = draw.random.of(program.keys);
  return chosen && withKey(program, chosen, { ...chosen, name: draw.name("key") }, "move");
};

/** The same resource has another key, or another namespace: a replacement. */
export const replaceKey: Edit = (program, draw) => {
  const chosen = draw.random.of(program.keys);
  const namespace = draw.random.of(program.namespaces)?.name;
  const key = namespace && draw.freeKey(program, namespace);
  return chosen && namespace && key ? withKey(program, chosen, { ...chosen, namespace, key }, "other") : undefined;
};
