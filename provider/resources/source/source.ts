import { type Asset, assetHash, assetProblem, isAsset } from "../asset";
import { type Archive, archiveProblem, isArchive } from "./archive";
import { ArchiveSource } from "./archive-source";
import type { Batch } from "./declared-entry";
import { TextSource } from "./text-source";

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

/** Judges the form, not what is in it. */
export function sourceProblem(value: unknown): string | undefined {
  if (isArchive(value)) return archiveProblem(value);
  if (isAsset(value)) return assetProblem(value, "values: {}");
  return "must be an Asset or an Archive, such as new pulumi.asset.FileAsset(path)";
}

/**
 * The hash by which the engine knows the contents. That of a directory does not cover which links there are to
 * directories, only the files themselves.
 */
export function sourceHash(source: Asset | Archive): string | undefined {
  return isArchive(source) ? source.hash || undefined : assetHash(source);
}

/** Opens nothing yet. The source must be one without a `sourceProblem`. */
export function openSource(source: Asset | Archive, options: SourceOptions = {}): Source {
  return isArchive(source) ? new ArchiveSource(source, options) : new TextSource(source, options);
}
