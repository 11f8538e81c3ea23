import type { Draw } from "./draw";
import type { KeyDeclaration, Program, SetDeclaration } from "./program";

/** What a change of the program was, as the report counts it. */
export type EditKind = "setEdit" | "move" | "prune" | "upgrade" | "givenUp" | "other";

export interface Edited {
  readonly program: Program;
  readonly kind: EditKind;
  /** What a set is to gain as it loses others. */
  readonly gained?: string | undefined;
}

/** One change, where there is something to change. */
export type Edit = (program: Program, draw: Draw) => Edited | undefined;

export function withKey(
  program: Program,
  old: KeyDeclaration,
  key: KeyDeclaration | undefined,
  kind: EditKind,
): Edited {
  return { program: { ...program, keys: replaced(program.keys, old, key) }, kind };
}

export function withSet(
  program: Program,
  old: SetDeclaration,
  set: SetDeclaration | undefined,
  kind: EditKind,
): Edited {
  return { program: { ...program, sets: replaced(program.sets, old, set) }, kind };
}

function replaced<T>(items: readonly T[], old: T, item: T | undefined): T[] {
  return items.flatMap((each) => (each !== old ? [each] : item === undefined ? [] : [item]));
}
