import { isSame } from "../changes";
import { entryHash, Manifest, type ManifestEntry, metadataHash } from "../manifest/manifest";
import { InputError, type Properties } from "../resource";
import type { Batch, DeclaredEntry, Problem } from "../source/declared-entry";
import { InlineEntries, type UnknownEntry } from "../source/inline-entries";
import { openSource, sourceHash } from "../source/source";
import { hasUnknown, isAbsent, isUnknown } from "../validate";
import { grouped } from "./text";

/** What a set declares, as far as it may be held: keys and hashes, never values. */
export interface Declaration {
  /** By their whole keys. Where a part of an entry is not known yet, it has no hash. */
  readonly manifest: Manifest;
  /** Of all values. */
  readonly bytes: number;
  /** True where keys may be declared that are not known yet. */
  readonly hasUnknownKeys: boolean;
  /** The first problems, each in one line with its place, and how many more there are; nothing else counts then. */
  readonly problems: readonly string[];
}

/** Some entries of a set, and how to tell where they stand. */
interface Declared extends Batch {
  readonly unknowns: readonly UnknownEntry[];
  readonly hasUnknownKeys: boolean;
  readonly isHashed: boolean;
  place(position: number): string;
}

type SourceInput = Parameters<typeof openSource>[0];

const namedProblems = 20;
/** Of a manifest that has only keys: more could not be kept in the state where a write fails. */
const maxKeysText = 8 * 1024 * 1024;

/** Reads once through everything that a set declares, inline and in its source. */
export async function readDeclaration(inputs: Properties): Promise<Declaration> {
  const reading = new Reading(inputs);
  for await (const declared of declaredBatches(inputs)) reading.add(declared);
  return reading.finish();
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
  return new InputError("source: it is not what it was when this run began; run it again when nothing changes it");
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

/** What decides which entries a set declares, beside its source. */
const declaringNames = ["keyPrefix", "values", "entries", "metadata", "expiration", "expirationTtl"];

/** True where both declare the same entries in the same way; of a source only the hash is compared. */
export function isSameDeclaration(a: Properties, b: Properties): boolean {
  return declaringNames.every((name) => !hasUnknown(b[name]) && isSame(a[name], b[name])) && isSameSource(a, b);
}

/** The engine hides of an old source all but its hash. One without a hash is never known to be the same. */
export function isSameSource(a: Properties, b: Properties): boolean {
  if (isAbsent(a.source) || isAbsent(b.source)) return isAbsent(a.source) && isAbsent(b.source);
  const hash = hashOfSource(b);
  return hash !== undefined && !hasUnknown(b.source) && hash === hashOfSource(a);
}

/** The hash by which the engine knows the source's contents; undefined without a source. */
export function hashOfSource({ source }: Properties): string | undefined {
  return isAbsent(source) || isUnknown(source) ? undefined : sourceHash(source as SourceInput);
}

async function* declaredBatches(inputs: Properties): AsyncGenerator<Declared, void, void> {
  const { values, entries, source } = inputs;
  const keyPrefix = (inputs.keyPrefix ?? "") as string;
  const inline = new InlineEntries(values, entries, keyPrefix);
  yield { ...inline.batch(), isHashed: false, place: (position) => inline.place(position) };
  if (isAbsent(source)) return;
  const ofSource = { unknowns: [], hasUnknownKeys: hasUnknown(source) };
  const nothing = { entries: [], problems: [], isHashed: false, place: () => "source" };
  if (ofSource.hasUnknownKeys) return yield { ...nothing, ...ofSource };
  const opened = openSource(source as SourceInput, { keyPrefix });
  for await (const batch of opened.batches()) {
    yield { ...batch, ...ofSource, isHashed: opened.isHashed, place: (position) => opened.place(position) };
  }
}

/** The entry as it is stored: its own time excludes the set's. */
export function storedEntry(entry: DeclaredEntry, inputs: Properties): DeclaredEntry {
  const { metadata, expiration, expirationTtl } = inputs;
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
function prefixOf({ keyPrefix }: Properties): string {
  return typeof keyPrefix === "string" && !isUnknown(keyPrefix) ? keyPrefix : "";
}

/** Collects hashes, sizes and problems, and forgets the values. */
class Reading {
  readonly #inputs: Properties;
  readonly #manifest = Manifest.empty();
  readonly #problems: string[] = [];
  /** By key, where it stands for the second time. */
  readonly #duplicates = new Map<string, string>();
  readonly #hasUnknownDefaults: boolean;
  #problemCount = 0;
  #bytes = 0;
  #keyBytes = 0;
  #hasUnknownKeys: boolean;

  constructor(inputs: Properties) {
    this.#inputs = inputs;
    this.#hasUnknownDefaults = [inputs.metadata, inputs.expiration, inputs.expirationTtl].some(hasUnknown);
    this.#hasUnknownKeys = isUnknown(inputs.keyPrefix);
  }

  add({ entries, problems, unknowns, hasUnknownKeys, place }: Declared): void {
    for (const problem of problems) this.#fail(problem);
    for (const entry of entries) this.#addEntry(storedEntry(entry, this.#inputs), place);
    for (const { key, position } of unknowns) {
      const whole = prefixOf(this.#inputs) + key;
      if (this.#isNew(whole, position, place)) this.#manifest.set(whole, unknownEntry);
    }
    this.#hasUnknownKeys ||= hasUnknownKeys;
  }

  async finish(): Promise<Declaration> {
    if (this.#duplicates.size > 0) await this.#nameDuplicates();
    // Compression takes its time, and a few keys need none.
    const length = this.#keyBytes > maxKeysText / 2 ? this.#manifest.lengthWithoutHashes() : 0;
    if (length > maxKeysText) {
      const found = `the keys alone take ${grouped(length)} bytes of the state`;
      this.#fail({
        place: "",
        reason: `${found}, and one set may take ${grouped(maxKeysText)}; split it by keyPrefix`,
      });
    }
    const more = this.#problemCount - this.#problems.length;
    return {
      manifest: this.#manifest,
      bytes: this.#bytes,
      hasUnknownKeys: this.#hasUnknownKeys,
      problems: more > 0 ? [...this.#problems, `… and ${grouped(more)} more`] : this.#problems,
    };
  }

  #addEntry(entry: DeclaredEntry, place: Declared["place"]): void {
    if (!this.#isNew(entry.key, entry.position, place)) return;
    this.#bytes += Buffer.byteLength(entry.value, entry.base64 ? "base64" : "utf8");
    this.#manifest.set(entry.key, this.#isUnknown(entry) ? unknownEntry : manifestEntry(entry));
  }

  /** By a default of the set: what is unknown in an entry itself comes as such. */
  #isUnknown({ metadata, expiration, expirationTtl }: DeclaredEntry): boolean {
    return this.#hasUnknownDefaults && [metadata, expiration, expirationTtl].some(hasUnknown);
  }

  #isNew(key: string, position: number, place: Declared["place"]): boolean {
    this.#keyBytes += Buffer.byteLength(key);
    if (!this.#manifest.has(key)) return true;
    if (this.#duplicates.size < namedProblems) this.#duplicates.set(key, place(position));
    this.#problemCount++;
    return false;
  }

  /** Where a key stood first is found by reading again: remembering that of every key would cost too much. */
  async #nameDuplicates(): Promise<void> {
    const left = new Map(this.#duplicates);
    this.#problemCount -= left.size;
    for await (const { entries, unknowns, place } of declaredBatches(this.#inputs)) {
      for (const { key, position } of [...entries, ...unknowns]) {
        const whole = prefixOf(this.#inputs) + key;
        const again = left.get(whole);
        if (again === undefined) continue;
        left.delete(whole);
        this.#fail({ place: again, reason: `the key stands at ${place(position)} already; each may be declared once` });
      }
      if (left.size === 0) return;
    }
  }

  #fail({ place, reason }: Problem): void {
    this.#problemCount++;
    if (this.#problems.length < namedProblems) this.#problems.push(place ? `${place}: ${reason}` : reason);
  }
}

const unknownEntry = { hash: undefined, metadataHash: 0, ttl: 0, expiresAt: 0 };
