import type { Properties } from "../resources/resource";

/** What a resource was when the run began. */
export interface Before {
  readonly id: string;
  readonly expiration: unknown;
}

/** Keys of one namespace, too many to be entered one by one. */
export interface KeyRange {
  /** The id of the Namespace. */
  readonly namespace: string;
  /** What all of them begin with. */
  readonly prefix: string;
  /** Looked into only when something below the prefix is asked for. */
  readonly keys: { readonly size: number; has(key: string): boolean; keys(): readonly string[] };
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
  readonly #holders = new Map<string, Set<string>>();
  readonly #ranges = new Map<string, KeyRange>();
  readonly #before = new Map<string, Before>();
  readonly #kept = new Map<string, Properties>();
  readonly #deletions = new Map<string, Promise<void>>();
  readonly #own = new Set<string>();
  readonly #ownRanges: KeyRange[] = [];

  /**
   * A Check: from now on the URN declares these objects and no others. `before` is what its state has; the second
   * Check of a replacement is not told, so what the first said stays.
   */
  declare(urn: string, ids: readonly string[], before?: Before): void {
    for (const id of this.#declared.get(urn) ?? []) this.#holders.get(id)?.delete(urn);
    this.#declared.set(urn, new Set());
    this.#ranges.delete(urn);
    for (const id of ids) this.#hold(urn, id);
    if (before) this.#before.set(urn, before);
  }

  /** The same for what declares many keys; what it declared before is replaced. */
  declareRange(urn: string, range: KeyRange): void {
    this.declare(urn, []);
    this.#ranges.set(urn, range);
  }

  /** What Check could not know yet. */
  add(urn: string, id: string): void {
    this.#own.add(id);
    this.#hold(urn, id);
  }

  #hold(urn: string, id: string): void {
    multimapAdd(this.#declared, urn, id);
    multimapAdd(this.#holders, id, urn);
  }

  /** True when this run's program has the resource. A refresh calls Diff without that. */
  isChecked(urn: string): boolean {
    return this.#declared.has(urn);
  }

  /** True when this very resource declares the object: what the engine deletes is what it was before. */
  isDeclaredBy(urn: string, id: string): boolean {
    const range = this.#ranges.get(urn);
    return this.#declared.get(urn)?.has(id) === true || (range !== undefined && isInRange(id, range));
  }

  /** The names of the resources that declare the object, other than `except`. */
  holders(id: string, except?: string): string[] {
    const ranges = [...this.#ranges].filter(([, range]) => isInRange(id, range)).map(([urn]) => urn);
    const urns = [...(this.#holders.get(id) ?? []), ...ranges];
    return urns.filter((urn) => urn !== except).map(nameOf);
  }

  /** The name of a resource that declares a key of this namespace. */
  holderIn(namespace: string): string | undefined {
    const range = [...this.#ranges].find(([, range]) => range.namespace === namespace && range.keys.size > 0);
    const isKey = (id: string) => id.startsWith(`${namespace}/`);
    const urn = range?.[0] ?? [...this.#declared].find(([, ids]) => [...ids].some(isKey))?.[0];
    return urn && nameOf(urn);
  }

  /** Keys of the range that other resources declare too: by their names, in the order of the keys. */
  rivals(urn: string, range: KeyRange): Map<string, string[]> {
    const found = new Map<string, string[]>();
    const isRival = [...this.#ranges].some(([other, theirs]) => other !== urn && mayOverlap(theirs, range));
    const isNear = (id: string) => id.startsWith(`${range.namespace}/${range.prefix}`);
    const near = [...this.#holders.keys()].filter(isNear).map((id) => id.slice(range.namespace.length + 1));
    for (const key of isRival ? range.keys.keys() : near.filter((key) => range.keys.has(key))) {
      for (const name of this.holders(`${range.namespace}/${key}`, urn)) {
        const keys = found.get(name);
        if (keys) keys.push(key);
        else found.set(name, [key]);
      }
    }
    return found;
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

  /** The same for keys of a set. */
  recordOwnRange(range: KeyRange): void {
    this.#ownRanges.push(range);
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

  /** Spares whoever writes much from asking for each key. */
  get hasDeletions(): boolean {
    return this.#deletions.size > 0;
  }

  /** Before a write: a delete under way must not overtake it. */
  async afterDeletion(id: string): Promise<void> {
    await this.#deletions.get(id);
  }

  /** The same, before many writes. */
  async afterDeletions(range: KeyRange): Promise<void> {
    const deletions = new Set(
      [...this.#deletions].filter(([id]) => isInRange(id, range)).map(([, deletion]) => deletion),
    );
    await Promise.all(deletions);
  }

  /** Those of the keys that this run has deleted, as another resource's. */
  deletedIn(range: KeyRange): string[] {
    const ids = [...this.#deletions.keys()].filter((id) => isInRange(id, range));
    return ids.map((id) => id.slice(range.namespace.length + 1));
  }

  recordWritten(id: string): void {
    this.#deletions.delete(id);
  }

  isKnown(id: string): boolean {
    return this.#own.has(id) || this.#deletions.has(id) || this.#ownRanges.some((range) => isInRange(id, range));
  }
}

function isInRange(id: string, { namespace, prefix, keys }: KeyRange): boolean {
  return id.startsWith(`${namespace}/${prefix}`) && keys.has(id.slice(namespace.length + 1));
}

function mayOverlap(a: KeyRange, b: KeyRange): boolean {
  return a.namespace === b.namespace && (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix));
}

function multimapAdd(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  if (values) values.add(value);
  else map.set(key, new Set([value]));
}

/** The name that the program gave the resource. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::") || urn;
}
