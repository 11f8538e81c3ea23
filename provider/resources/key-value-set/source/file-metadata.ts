import { quoted } from "../../../kv/quote";
import { isAbsent, isUnknown } from "../../../pulumi/validate";
import { metadataProblem } from "../../metadata";
import { isRawEntry } from "./declared-entry";
import { globsProblem, type Matcher, matcherOf } from "./file-filter";

/** Metadata for the files whose paths a glob matches. */
interface MetadataRule {
  readonly files: string;
  readonly metadata?: unknown;
}

/** What a set says of the metadata of its files. */
export interface FileMetadataInputs {
  /** What a file's own is put upon, member by member. */
  readonly metadata?: unknown;
  /** True where each gets its media type, by the extension of its name. */
  readonly contentType?: unknown;
  /** A part of it may be unknown. */
  readonly fileMetadata?: unknown;
}

/** Why this is no list of such rules; undefined when it is. */
export function fileMetadataProblem(rules: unknown): string | undefined {
  if (!Array.isArray(rules)) return "must be a list of objects with files and metadata";
  for (const [index, rule] of rules.entries()) {
    const isRule = isRawEntry(rule) && Object.keys(rule).every((name) => name === "files" || name === "metadata");
    if (!isRule) return `must have at [${index}] an object with files, a glob, and metadata`;
    const { files, metadata } = rule as Partial<MetadataRule>;
    if (globsProblem([files])) return `must have at [${index}] files, a glob of paths below the archive's root`;
    const reason = isAbsent(metadata) ? "is required" : metadataProblem(metadata);
    if (reason) return `has at [${index}] metadata that ${reason}`;
  }
  return undefined;
}

/** The metadata of each file of an archive, by its path below the root. */
export class FileMetadata {
  readonly #common: unknown;
  readonly #hasContentType: boolean;
  readonly #rules: readonly { readonly files: string; readonly matches: Matcher; readonly metadata: unknown }[];
  readonly #matched = new Set<string>();
  /** What is not known yet may be about any file. */
  readonly #unknown: unknown;

  constructor({ metadata, contentType, fileMetadata }: FileMetadataInputs) {
    this.#common = metadata;
    this.#hasContentType = contentType === true;
    const rules = Array.isArray(fileMetadata) ? (fileMetadata as MetadataRule[]) : [];
    this.#unknown = [contentType, fileMetadata, ...rules, ...rules.map((rule) => rule?.files)].find(isUnknown);
    this.#rules =
      this.#unknown === undefined
        ? rules.map(({ files, metadata: own }) => ({ files, matches: matcherOf([files]), metadata: own }))
        : [];
  }

  /** The rules that were for no file so far: there a typing error is likely. */
  get unmatched(): string[] {
    const unused = this.#rules.filter(({ files }) => !this.#matched.has(files));
    return unused.map(({ files }) => `fileMetadata: ${quoted(files)}`);
  }

  /** Undefined where nothing is said of this file: then the set's counts. */
  of(name: string): unknown {
    if (this.#unknown !== undefined) return this.#unknown;
    const mediaType = this.#hasContentType ? mediaTypeOf(name) : undefined;
    const rules = this.#rules.filter(({ matches }) => matches(name));
    for (const { files } of rules) this.#matched.add(files);
    const own = [
      ...(mediaType === undefined ? [] : [{ contentType: mediaType }]),
      ...rules.map(({ metadata }) => metadata),
    ];
    return own.length === 0 ? undefined : own.reduce(merged, this.#common);
  }
}

function mediaTypeOf(name: string): string | undefined {
  // Few sources need it, and it takes its time to load.
  const { lookup } = require("mrmime") as typeof import("mrmime");
  return lookup(name);
}

/** The later wins, of objects member by member. */
function merged(before: unknown, after: unknown): unknown {
  return isRawEntry(before) && isRawEntry(after) ? { ...before, ...after } : after;
}
