import type { Manifest } from "./manifest/manifest";

/** Keys that are to be written, each of which is taken once. */
export class PendingKeys {
  readonly #declared: Manifest;
  /** Undefined where all that is declared is due. */
  readonly #some: Set<string> | undefined;
  #left: number;

  /** They are among the declared ones. */
  constructor(keys: readonly string[], declared: Manifest) {
    this.#declared = declared;
    this.#some = keys.length < declared.size ? new Set(keys) : undefined;
    this.#left = keys.length;
  }

  /** Zero once each was taken; another number at the end of a source is the mark of one that has changed. */
  get left(): number {
    return this.#left;
  }

  /** False where the key is not due. */
  take(key: string): boolean {
    const isDue = this.#some?.delete(key) ?? this.#declared.has(key);
    if (isDue) this.#left--;
    return isDue;
  }
}
