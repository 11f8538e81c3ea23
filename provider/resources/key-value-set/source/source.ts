import type { Batch, EntryRules } from "./declared-entry";
import type { FileMetadataInputs } from "./file-metadata";
import type { Remarks } from "./remarks";
import { type TextFormat, textFormats } from "./text-format";

/** What a source can be said to be: `files` and `entries` are ways to read an archive. */
export const sourceFormats = ["auto", ...textFormats, "files", "entries"] as const;
export type SourceFormat = (typeof sourceFormats)[number];

/** That of a text; undefined where it shows by itself. */
export function textFormat(format: SourceFormat | undefined): TextFormat | undefined {
  return textFormats.find((name) => name === format);
}

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

export interface SourceOptions extends EntryRules, FileMetadataInputs {
  /** Globs of the files of an archive that are taken, and of those that are not. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** True where a file's key is its path without the extension. */
  readonly stripExtension?: boolean | undefined;
  /** True where places must not name a key. */
  readonly hidesKeys?: boolean;
  /** What the source is; undefined, or `auto`, where it shows by itself. */
  readonly format?: SourceFormat | undefined;
  /** Takes what there is to say that is no problem. */
  readonly remarks?: Remarks | undefined;
  /** Bytes that are read at once. */
  readonly chunkBytes?: number;
  /** A longer line, or element of an array, is refused unread. */
  readonly maxEntryBytes?: number;
}

/** What a source is opened with: somebody always takes its remarks. */
export type OpenOptions = SourceOptions & { readonly remarks: Remarks };
