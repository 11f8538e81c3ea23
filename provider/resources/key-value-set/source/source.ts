import type { Batch } from "./declared-entry";

/** What a set's `source` declares. */
export interface Source {
  /** True where the end of reading tells whether all of it is what the engine has hashed. */
  readonly isHashed: boolean;
  /**
   * Reads it once through, some entries at a time; only those are in memory. What is wrong with it comes with
   * the batches. Throws an `InputError` at the end where the bytes are not those that the engine has hashed.
   */
  batches(): AsyncGenerator<Batch>;
  /** Throws where the bytes are not those that the engine has hashed, as far as that can be told without the entries. */
  verify(): Promise<void>;
  /** Where the entry of this position stands, once it was read. */
  place(position: number): string;
}

export interface SourceOptions {
  /** Counts in the limits of a key. It may be unknown. */
  readonly keyPrefix?: string | undefined;
  /** True where places must not name a key. */
  readonly hidesKeys?: boolean;
  /** Bytes that are read at once. */
  readonly chunkBytes?: number;
  /** A longer line, or element of an array, is refused unread. */
  readonly maxEntryBytes?: number;
}
