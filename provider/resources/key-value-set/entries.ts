import { InputError } from "../../pulumi/errors";
import type { Properties } from "../../pulumi/resource-provider";
import { hasUnknown, isAbsent, isUnknown } from "../../pulumi/validate";
import type { ManifestEntry } from "./manifest/format";
import { entryHash, metadataHash } from "./manifest/manifest";
import type { Batch, DeclaredEntry } from "./source/declared-entry";
import { InlineEntries, noUnknownKeys, type UnknownEntry, type UnknownKeys } from "./source/inline-entries";
import { formatProblem, openSource } from "./source/open-source";
import type { Remarks } from "./source/remarks";
import type { SourceFormat } from "./source/source";

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

/** Everything that is declared, some at a time: what is inline comes first. Places name no key where that is secret. */
export async function* declaredBatches(
  inputs: Properties,
  hidesKeys = false,
  remarks?: Remarks,
): AsyncGenerator<Declared, void, void> {
  const { values, entries, source } = inputs;
  const keyPrefix = (inputs.keyPrefix ?? "") as string;
  const inline = new InlineEntries(values, entries, keyPrefix, hidesKeys);
  yield { ...inline.batch(), isOfFile: false, isHashed: false, place: (position) => inline.place(position) };
  if (isAbsent(source)) return;
  const unknowns: UnknownEntry[] = [];
  if (hasUnknown(source)) {
    const unknownKeys = { entries: 0, inputs: ["source"] };
    return yield {
      entries: [],
      problems: [],
      isOfFile: false,
      isHashed: false,
      place: () => "source",
      unknowns,
      unknownKeys,
    };
  }
  const format = (inputs.format ?? undefined) as SourceFormat | undefined;
  const problem = formatProblem(source as SourceInput, format);
  if (problem !== undefined) {
    const problems = [{ place: "format", reason: problem }];
    return yield {
      entries: [],
      problems,
      isOfFile: false,
      isHashed: false,
      place: () => "source",
      unknowns,
      unknownKeys: noUnknownKeys,
    };
  }
  const opened = openSource(source as SourceInput, { keyPrefix, hidesKeys, format, remarks });
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
export function manifestEntry({ value, base64, metadata, expiration, expirationTtl }: DeclaredEntry): ManifestEntry {
  return {
    hash: entryHash(base64 ? Buffer.from(value, "base64") : value, metadata),
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
    metadata: entry.metadata ?? metadata ?? undefined,
    expiration: hasTime ? entry.expiration : ((expiration ?? undefined) as number | undefined),
    expirationTtl: hasTime ? entry.expirationTtl : ((expirationTtl ?? undefined) as number | undefined),
  };
}

/** Empty while it is unknown: then keys are named without it. */
export function prefixOf({ keyPrefix }: Properties): string {
  return typeof keyPrefix === "string" && !isUnknown(keyPrefix) ? keyPrefix : "";
}
