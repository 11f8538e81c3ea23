import type { DiffResult, PropertyChange } from "./resource";
import { hasUnknown, isAbsent } from "./validate";

/** Collects what a diff finds. */
export class Changes {
  readonly #detailed = new Map<string, PropertyChange>();

  /** Compares one property; what is unknown counts as changed. */
  compare(path: string, before: unknown, after: unknown, { replace = false } = {}): void {
    if (!hasUnknown(after) && isSame(before, after)) return;
    this.add(path, before, after, { replace });
  }

  /** `inputDiff` is false where the inputs are the same, and what changed is what was found out there. */
  add(path: string, before: unknown, after: unknown, { replace = false, inputDiff = true } = {}): void {
    const kind = isAbsent(before) ? "add" : isAbsent(after) ? "delete" : "update";
    this.#detailed.set(path, { kind, replace, inputDiff });
  }

  has(...paths: string[]): boolean {
    return paths.some((path) => this.#detailed.has(path));
  }

  get size(): number {
    return this.#detailed.size;
  }

  result(stables: string[], deleteBeforeReplace = false): DiffResult {
    const replaces = [...this.#detailed].filter(([, change]) => change.replace).map(([path]) => path);
    return {
      changes: this.#detailed.size > 0,
      detailed: this.#detailed,
      replaces,
      stables: replaces.length > 0 ? [] : stables,
      deleteBeforeReplace: replaces.length > 0 && deleteBeforeReplace,
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
