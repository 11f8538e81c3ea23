import type { Edit } from "./edit";

export const addNamespace: Edit = (program, draw) => {
  if (program.namespaces.length > 2) return undefined;
  const added = { name: draw.name("ns"), title: draw.name("title"), server: draw.server, isShared: false };
  return { program: { ...program, namespaces: [...program.namespaces, added] }, kind: "other" };
};

export const retitleNamespace: Edit = (program, draw) => {
  const chosen = draw.random.of(program.namespaces.filter(({ isShared }) => !isShared));
  if (!chosen) return undefined;
  const retitled = { ...chosen, title: draw.name("title") };
  const namespaces = program.namespaces.map((each) => (each === chosen ? retitled : each));
  return { program: { ...program, namespaces }, kind: "other" };
};

/** With all that is declared in it. */
export const dropNamespace: Edit = (program, { random }) => {
  const chosen = random.of(program.namespaces.filter(({ isShared }) => !isShared));
  if (!chosen || random.chance(0.5)) return undefined;
  const isElsewhere = ({ namespace }: { namespace: string }) => namespace !== chosen.name;
  const namespaces = program.namespaces.filter((each) => each !== chosen);
  const [keys, sets] = [program.keys.filter(isElsewhere), program.sets.filter(isElsewhere)];
  return { program: { namespaces, keys, sets }, kind: "other" };
};
