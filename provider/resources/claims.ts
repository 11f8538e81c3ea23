import type { Properties } from "./resource";

/** What a resource was when the run began. */
export interface Before {
  readonly id: string;
  readonly expiration: unknown;
}

/**
 * The rule of ownership: a delete never removes what this run's program declares.
 *
 * The engine replaces, renames and moves resources by creating the new one and deleting the old one later, and
 * both can be one and the same key. So Check, Create and Update enter here which resource (URN) declares which
 * object (a key's or a namespace's id), and whoever is about to delete asks first. Where no Check ran in this run
 * (destroy, a resource that left the program) nothing is claimed, and deletes are real.
 *
 * One process serves all resources of a run, so one object of this class holds it all; the next run has another.
 */
export class Claims {
  readonly #declared = new Map<string, Set<string>>();
  readonly #before = new Map<string, Before>();
  readonly #kept = new Map<string, Properties>();
  readonly #deletions = new Map<string, Promise<void>>();
  readonly #own = new Set<string>();

  /**
   * A Check: from now on the URN declares these objects and no others. `before` is what its state has; the second
   * Check of a replacement is not told, so what the first said stays.
   */
  declare(urn: string, ids: readonly string[], before?: Before): void {
    this.#declared.set(urn, new Set(ids));
    if (before) this.#before.set(urn, before);
  }

  /** What Check could not know yet. */
  add(urn: string, id: string): void {
    this.#own.add(id);
    const ids = this.#declared.get(urn);
    if (ids) {
      ids.add(id);
    } else {
      this.#declared.set(urn, new Set([id]));
    }
  }

  /** True when this run's program has the resource. A refresh calls Diff without that. */
  isChecked(urn: string): boolean {
    return this.#declared.has(urn);
  }

  /** True when this very resource declares the object: what the engine deletes is what it was before. */
  isDeclaredBy(urn: string, id: string): boolean {
    return this.#declared.get(urn)?.has(id) ?? false;
  }

  /** The names of the resources that declare the object, other than `except`. */
  holders(id: string, except?: string): string[] {
    const urns = [...this.#declared].filter(([urn, ids]) => urn !== except && ids.has(id));
    return urns.map(([urn]) => nameOf(urn));
  }

  /** The name of a resource that declares something below this prefix. */
  holderBelow(prefix: string): string | undefined {
    const found = [...this.#declared].find(([, ids]) => [...ids].some((id) => id.startsWith(prefix)));
    return found && nameOf(found[0]);
  }

  /** What the state has under this URN: where a create of the same object fails, nothing is lost. */
  before(urn: string): Before | undefined {
    return this.#before.get(urn);
  }

  /** A delete that was not carried out, with the outputs that the engine has dropped since. */
  keep(id: string, outputs: Properties): void {
    this.#kept.set(id, outputs);
  }

  keptOutputs(id: string): Properties | undefined {
    return this.#kept.get(id);
  }

  /** An object that the state knows: not a stranger's. */
  recordOwn(id: string): void {
    this.#own.add(id);
  }

  /** A delete that has begun. Where it fails, the object is still there. */
  recordDeletion(id: string, deletion: Promise<void>): void {
    const settled = deletion.catch(() => {
      this.#deletions.delete(id);
    });
    this.#deletions.set(id, settled);
  }

  /** True where a resource that comes later in the program than the delete has to write its object again. */
  isDeleted(id: string): boolean {
    return this.#deletions.has(id);
  }

  /** Before a write: a delete under way must not overtake it. */
  async afterDeletion(id: string): Promise<void> {
    await this.#deletions.get(id);
  }

  recordWritten(id: string): void {
    this.#deletions.delete(id);
  }

  isKnown(id: string): boolean {
    return this.#own.has(id) || this.#deletions.has(id);
  }
}

/** The name that the program gave the resource. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::") || urn;
}
