import { quoted } from "../../kv/quote";
import type { Properties } from "../../pulumi/resource-provider";
import { hasUnknown } from "../../pulumi/validate";
import { type Declared, declaredBatches, manifestEntry, prefixOf, type SetRemarks, storedEntry } from "./entries";
import { grouped } from "./format";
import type { ManifestEntry } from "./manifest/format";
import { Manifest } from "./manifest/manifest";
import type { DeclaredEntry, Problem } from "./source/declared-entry";
import { noUnknownKeys, type UnknownEntry, type UnknownKeys } from "./source/inline-entries";
import { Remarks } from "./source/remarks";

/** What a set declares, as far as it may be held: keys and hashes, never values. */
export interface Declaration {
  /** By their whole keys. Where a part of an entry is not known yet, it has no hash. */
  readonly manifest: Manifest;
  /** Of all values; undefined where one is not known yet. */
  readonly bytes: number | undefined;
  readonly unknownKeys: UnknownKeys;
  /** True where the source is gone, and the state does not know all that it has declared. */
  readonly isPartial: boolean;
  /** True where a source was read, and has no entry: more likely a mistake than meant. */
  readonly isSourceEmpty: boolean;
  /** What there is to say that is no problem, a sentence each. */
  readonly remarks: readonly string[];
  /** What of that is not even a warning. */
  readonly notices: readonly string[];
  /** The first problems, each in one line with its place, and how many more there are; nothing else counts then. */
  readonly problems: readonly string[];
}

const namedProblems = 20;
/** Of a manifest that has only keys: more could not be kept in the state where a write fails. */
const maxKeysText = 8 * 1024 * 1024;

/** Reads once through everything that a set declares, inline and in its source. */
export async function readDeclaration(inputs: Properties, hidesKeys = false): Promise<Declaration> {
  const remarks = { values: new Remarks("values", hidesKeys), source: new Remarks("source", hidesKeys) };
  const reading = new Reading(inputs, hidesKeys, remarks);
  for await (const declared of declaredBatches(inputs, hidesKeys, remarks)) reading.add(declared);
  return reading.finish();
}

/** Collects hashes, sizes and problems, and forgets the values. */
class Reading {
  readonly #inputs: Properties;
  readonly #remarks: SetRemarks;
  readonly #hidesKeys: boolean;
  readonly #manifest = Manifest.empty();
  readonly #problems: string[] = [];
  /** By key, where it stands for the second time. */
  readonly #duplicates = new Map<string, string>();
  readonly #hasUnknownDefaults: boolean;
  /** Undefined without a source. */
  #fileEntries: number | undefined;
  /** Those of them whose keys begin with the prefix that is put before them. */
  #prefixedEntries = 0;
  #firstPrefixed: string | undefined;
  #problemCount = 0;
  #bytes = 0;
  #keyBytes = 0;
  #unknownKeys = noUnknownKeys;
  #hasUnknownValues = false;

  constructor(inputs: Properties, hidesKeys: boolean, remarks: SetRemarks) {
    this.#remarks = remarks;
    this.#inputs = inputs;
    this.#hidesKeys = hidesKeys;
    this.#hasUnknownDefaults = [
      inputs.metadata,
      inputs.expiration,
      inputs.expirationTtl,
      inputs.fileMetadata,
      inputs.contentType,
    ].some(hasUnknown);
  }

  add({ entries, problems, unknowns, unknownKeys, isOfFile, place }: Declared): void {
    if (isOfFile) this.#countFileEntries(entries);
    for (const problem of problems) this.#fail(problem);
    for (const entry of entries) this.#addEntry(storedEntry(entry, this.#inputs), place, isOfFile);
    for (const unknown of unknowns) {
      const whole = prefixOf(this.#inputs) + unknown.key;
      this.#addKey(whole, { ...unknownEntry, ttl: this.#ttlOf(unknown) }, unknown.position, place);
    }
    this.#unknownKeys = {
      entries: this.#unknownKeys.entries + unknownKeys.entries,
      inputs: [...this.#unknownKeys.inputs, ...unknownKeys.inputs],
    };
    this.#hasUnknownValues ||= unknowns.length > 0;
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
    if (this.#firstPrefixed !== undefined && this.#prefixedEntries === this.#fileEntries)
      this.#remarks.source.prefixTwice(this.#firstPrefixed, this.#prefixedEntries);
    const more = this.#problemCount - this.#problems.length;
    return {
      manifest: this.#manifest,
      bytes: this.#hasUnknownValues ? undefined : this.#bytes,
      unknownKeys: this.#unknownKeys,
      isPartial: false,
      isSourceEmpty: this.#fileEntries === 0,
      remarks: [...this.#remarks.values.sentences(), ...this.#remarks.source.sentences()],
      notices: this.#remarks.source.notices(),
      problems: more > 0 ? [...this.#problems, `… and ${grouped(more)} more`] : this.#problems,
    };
  }

  #countFileEntries(entries: readonly DeclaredEntry[]): void {
    this.#fileEntries = (this.#fileEntries ?? 0) + entries.length;
    const prefix = prefixOf(this.#inputs);
    // The first key that does not begin with it settles it.
    if (prefix === "" || this.#prefixedEntries + entries.length < this.#fileEntries) return;
    for (const { key } of entries) {
      if (!key.startsWith(prefix)) return;
      this.#firstPrefixed ??= prefix + key;
      this.#prefixedEntries++;
    }
  }

  #addEntry(entry: DeclaredEntry, place: Declared["place"], isOfFile: boolean): void {
    const kept = this.#isUnknown(entry) ? unknownEntry : manifestEntry(entry);
    if (isOfFile && isSame(this.#manifest.get(entry.key), kept)) {
      this.#remarks.source.repeated();
      return;
    }
    this.#bytes += Buffer.byteLength(entry.value, entry.base64 ? "base64" : "utf8");
    this.#addKey(entry.key, kept, entry.position, place);
  }

  /** By what the set says of many: what is unknown in an entry itself comes as such. */
  #isUnknown({ metadata, expiration, expirationTtl }: DeclaredEntry): boolean {
    return this.#hasUnknownDefaults && [metadata, expiration, expirationTtl].some(hasUnknown);
  }

  /** As far as it is known. */
  #ttlOf({ expirationTtl }: UnknownEntry): number {
    const ttl = expirationTtl ?? this.#inputs.expirationTtl;
    return typeof ttl === "number" ? ttl : 0;
  }

  #addKey(key: string, entry: ManifestEntry, position: number, place: Declared["place"]): void {
    this.#keyBytes += Buffer.byteLength(key);
    if (this.#manifest.add(key, entry)) return;
    if (this.#duplicates.size < namedProblems) this.#duplicates.set(key, place(position));
    this.#problemCount++;
  }

  /** Where a key stood first is found by reading again: remembering that of every key would cost too much. */
  async #nameDuplicates(): Promise<void> {
    const left = new Map(this.#duplicates);
    this.#problemCount -= left.size;
    for await (const { entries, unknowns, place } of declaredBatches(this.#inputs, this.#hidesKeys)) {
      for (const { key, position } of [...entries, ...unknowns]) {
        const whole = prefixOf(this.#inputs) + key;
        const again = left.get(whole);
        if (again === undefined) continue;
        left.delete(whole);
        const name = this.#hidesKeys ? "the key" : `the key ${quoted(whole)}`;
        this.#fail({ place: again, reason: `${name} stands at ${place(position)} already; each may be declared once` });
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

/** What is unknown yet may be anything. */
function isSame(a: ManifestEntry | undefined, b: ManifestEntry): boolean {
  if (a?.hash === undefined || b.hash === undefined) return false;
  return a.hash === b.hash && a.metadataHash === b.metadataHash && a.ttl === b.ttl && a.expiresAt === b.expiresAt;
}
