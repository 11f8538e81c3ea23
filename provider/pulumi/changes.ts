import { appendStep } from "./property-path";
import type { DiffResult, PropertyChange } from "./resource-provider";
import { hasUnknown, isAbsent } from "./validate";

const mostPaths = 100;

/** Collects what a diff finds. */
export class Changes {
  readonly #detailed = new Map<string, PropertyChange>();
  #hidesMembers = false;

  /** Compares one property; what is unknown counts as changed. */
  compare(path: string, before: unknown, after: unknown, { replace = false } = {}): void {
    if (!hasUnknown(after) && isSame(before, after)) return;
    this.add(path, before, after, { replace });
  }

  /**
   * Member by member, as `replaceOnChanges` names them; too many are one change of the whole.
   *
   * @param levels how many levels of members may be named.
   */
  compareMembers(name: string, before: unknown, after: unknown, levels = Number.POSITIVE_INFINITY): void {
    if (!hasUnknown(after) && isSame(before, after)) return;
    this.#hidesMembers ||= Number.isFinite(levels) && hasMembers(before) && hasMembers(after);
    const members = isAbsent(before) || isAbsent(after) ? [] : changedMembers(name, before, after, levels);
    const isWhole = members.length === 0 || members.length > mostPaths - this.size;
    if (isWhole) this.add(name, before, after);
    else for (const member of members) this.add(member.path, member.before, member.after);
  }

  /** `inputDiff` is false where the inputs are the same, and what changed is what was found out there. */
  add(path: string, before: unknown, after: unknown, { replace = false, inputDiff = true } = {}): void {
    const kind = isAbsent(before) ? "add" : isAbsent(after) ? "delete" : "update";
    this.#detailed.set(path, { kind, replace, inputDiff });
  }

  has(...paths: string[]): boolean {
    return paths.some((path) => this.#detailed.has(path));
  }

  /** The properties whose changes replace the resource. */
  get replaces(): string[] {
    return [...this.#detailed].filter(([, change]) => change.replace).map(([path]) => path);
  }

  get size(): number {
    return this.#detailed.size;
  }

  result(stables: string[], deleteBeforeReplace = false): DiffResult {
    const { replaces } = this;
    return {
      changes: this.#detailed.size > 0,
      detailed: this.#detailed,
      replaces,
      stables: replaces.length > 0 ? [] : stables,
      deleteBeforeReplace: replaces.length > 0 && deleteBeforeReplace,
      ...(this.#hidesMembers ? { hidesMembers: true } : {}),
    };
  }
}

/** Equal as JSON: the order of members means nothing, and null is the same as absent. */
export function isSame(a: unknown, b: unknown): boolean {
  if (isAbsent(a) || isAbsent(b)) return isAbsent(a) && isAbsent(b);
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSame(Reflect.get(a, name), Reflect.get(b, name)))
  );
}

interface ChangedMember {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Down to what has no members, or members that are the same. */
function changedMembers(path: string, before: unknown, after: unknown, levels: number): ChangedMember[] {
  if (levels === 0) return [{ path, before, after }];
  const changed = namesOf(before, after).filter((name) => {
    const now = member(after, name);
    return hasUnknown(now) || !isSame(member(before, name), now);
  });
  if (changed.length === 0) return [{ path, before, after }];
  const stepOf = Array.isArray(after) ? Number : String;
  return changed.flatMap((name) =>
    changedMembers(appendStep(path, stepOf(name)), member(before, name), member(after, name), levels - 1),
  );
}

/** A list has its indices as names. */
function namesOf(before: unknown, after: unknown): string[] {
  const isOneKind = hasMembers(before) && hasMembers(after) && Array.isArray(before) === Array.isArray(after);
  return isOneKind ? [...new Set([...Object.keys(before), ...Object.keys(after)])] : [];
}

function hasMembers(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function member(value: unknown, name: string): unknown {
  return hasMembers(value) && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}
