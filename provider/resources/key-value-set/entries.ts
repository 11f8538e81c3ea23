import { InputError } from "../../pulumi/errors";
import type { Properties } from "../../pulumi/resource-provider";
import { hasUnknown, isAbsent, isUnknown, withoutAbsent } from "../../pulumi/validate";
import type { ManifestEntry } from "./manifest/format";
import { entryHash, jsonEntryHash, metadataHash } from "./manifest/manifest";
import type { Batch, DeclaredEntry, EntryRules } from "./source/declared-entry";
import { InlineEntries, noUnknownKeys, type UnknownEntry, type UnknownKeys } from "./source/inline-entries";
import { openSource } from "./source/open-source";
import type { Remarks } from "./source/remarks";
import type { SourceOptions } from "./source/source";

/** Some entries of a set, and how to tell where they stand. */
export interface Declared extends Batch {
  /** True for what stands in a file: there more is let pass than in a program. */
  readonly isOfFile: boolean;
  readonly unknowns: readonly UnknownEntry[];
  readonly unknownKeys: UnknownKeys;
  /** True where the end of reading tells whether the bytes were those that the engine has hashed. */
  readonly isHashed: boolean;
  place(position: number): string;
}

export type SourceInput = Parameters<typeof openSource>[0];

/** What there is to say of a set's inputs that is no problem. */
export interface SetRemarks {
  readonly values: Remarks;
  readonly source: Remarks;
}

/** Everything that is declared, some at a time: what is inline comes first. Places name no key where that is secret. */
export async function* declaredBatches(
  inputs: Properties,
  hidesKeys = false,
  remarks?: SetRemarks,
): AsyncGenerator<Declared, void, void> {
  const { values, entries, source } = inputs;
  const rules = rulesOf(inputs);
  const inline = new InlineEntries(values, entries, rules, hidesKeys, remarks?.values);
  yield { ...inline.batch(), isOfFile: false, isHashed: false, place: (position) => inline.place(position) };
  if (isAbsent(source)) return;
  const unknowns: UnknownEntry[] = [];
  const { format, include, exclude, stripExtension, fileMetadata, contentType, metadata } = inputs;
  if ([source, format, include, exclude, stripExtension].some(hasUnknown)) {
    const unknownKeys = { entries: 0, inputs: ["source"] };
    const none = { entries: [], problems: [], unknowns, place: () => "source" };
    return yield { ...none, isOfFile: false, isHashed: false, unknownKeys };
  }
  const ofFiles = { include, exclude, stripExtension, fileMetadata, contentType, metadata };
  const options = { ...rules, ...withoutAbsent(ofFiles), hidesKeys, format: format ?? undefined };
  const opened = openSource(source as SourceInput, { ...options, remarks: remarks?.source } as SourceOptions);
  for await (const batch of opened.batches()) {
    const { place = (position: number) => opened.place(position) } = batch;
    yield { ...batch, unknowns, unknownKeys: noUnknownKeys, isOfFile: true, isHashed: opened.isHashed, place };
  }
}

/**
 * Every declared entry as it is stored, its key with the prefix, and the set's defaults filled in: inline ones first.
 *
 * @throws InputError where a source that was good when it was checked is so no longer.
 */
export async function* declaredEntries(inputs: Properties): AsyncGenerator<StoredEntries, void, void> {
  for await (const { entries, problems, isHashed } of declaredBatches(inputs)) {
    if (problems.length > 0) throw changedSource();
    yield { entries: entries.map((entry) => storedEntry(entry, inputs)), isHashed };
  }
}

export interface StoredEntries {
  readonly entries: readonly DeclaredEntry[];
  /** True where the end of reading tells whether the bytes were those that the engine has hashed. */
  readonly isHashed: boolean;
}

/** False where what was read of the source may not be what was declared. */
export async function isSourceAsHashed({ source }: Properties): Promise<boolean> {
  if (isAbsent(source)) return true;
  return openSource(source as SourceInput)
    .verify()
    .then(
      () => true,
      () => false,
    );
}

export function changedSource(): InputError {
  return new InputError("source: it has changed since this run began; run it again once it no longer changes");
}

/** What a manifest holds of an entry as it is stored. */
export function manifestEntry(entry: DeclaredEntry): ManifestEntry {
  const { value, base64, isJson, metadata, expiration, expirationTtl } = entry;
  return {
    hash: isJson ? jsonEntryHash(value, metadata) : entryHash(base64 ? Buffer.from(value, "base64") : value, metadata),
    metadataHash: metadataHash(metadata),
    ttl: expirationTtl ?? 0,
    expiresAt: expiration ?? 0,
  };
}

/** The entry as it is stored: its own time excludes the set's. */
export function storedEntry(entry: DeclaredEntry, inputs: Properties): DeclaredEntry {
  const { metadata, expiration, expirationTtl } = inputs;
  const hasDefaults = !isAbsent(metadata) || !isAbsent(expiration) || !isAbsent(expirationTtl);
  if (!hasDefaults && !inputs.keyPrefix) return entry;
  const hasTime = entry.expiration !== undefined || entry.expirationTtl !== undefined;
  return {
    position: entry.position,
    key: prefixOf(inputs) + entry.key,
    value: entry.value,
    base64: entry.base64,
    isJson: entry.isJson,
    metadata: entry.metadata ?? metadata ?? undefined,
    expiration: hasTime ? entry.expiration : ((expiration ?? undefined) as number | undefined),
    expirationTtl: hasTime ? entry.expirationTtl : ((expirationTtl ?? undefined) as number | undefined),
  };
}

/** What goes before each declared key. Empty while it is unknown: then keys are named without it. */
export function prefixOf({ keyPrefix, keysIncludePrefix }: Properties): string {
  return typeof keyPrefix === "string" && !isUnknown(keyPrefix) && keysIncludePrefix !== true ? keyPrefix : "";
}

/** What the set says of all its entries; what is unknown may be there too. */
export function rulesOf({ keyPrefix, keysIncludePrefix, jsonValues }: Properties): EntryRules {
  return { keyPrefix: keyPrefix ?? "", keysIncludePrefix, jsonValues } as EntryRules;
}
