import { isDeepStrictEqual } from "node:util";
import type { Emulator } from "../../provider/emulator/emulator";
import type { ResourceState } from "../engine/state";
import { nameOf } from "../engine/urn";
import { bytesOf } from "./declare";
import { type Entry, type Expiry, entriesOf, type Program, type SetDeclaration } from "./program";
import type { Strangers } from "./strangers";

const longestRunSeconds = 3600;

/** What is in the store and should not be so: a sentence for each. */
export interface Verdict {
  readonly lost: readonly string[];
  readonly orphaned: readonly string[];
  readonly foreignTouched: readonly string[];
}

/** Compares the store, once all is done, with what is declared and what strangers wrote. */
export function judge(program: Program, state: readonly ResourceState[], emulator: Emulator, them: Strangers): Verdict {
  const lost: string[] = [];
  const orphaned: string[] = [];
  const ours = new Set<string>();
  for (const { name, title } of program.namespaces) {
    const id = namespaceIdOf(state, name);
    const stored = emulator.namespaces().find((namespace) => namespace.id === id);
    if (!stored || (title !== undefined && stored.title !== title)) lost.push(`namespace ${name}`);
    if (!stored) continue;
    ours.add(stored.id);
    const declared = entriesOf(program, name);
    for (const [key, entry] of declared) if (!isStored(emulator, stored.id, key, entry)) lost.push(`${name}/${key}`);
    const foreign = them.written.get(stored.id);
    const extra = emulator.keys(stored.id).filter((key) => !declared.has(key) && !foreign?.has(key));
    orphaned.push(...extra.map((key) => `${name}/${key}`));
  }
  const others = emulator.namespaces().filter(({ id }) => !ours.has(id) && !them.written.has(id));
  orphaned.push(...others.map(({ title }) => `namespace "${title}"`));
  return { lost, orphaned, foreignTouched: touched(emulator, them) };
}

/** Keys that a set deleted while some that it was to write are still missing: after a failure both would be gone. */
export function deletedTooEarly(
  before: Program,
  program: Program,
  state: readonly ResourceState[],
  emulator: Emulator,
): string[] {
  return program.sets.flatMap((set) => {
    const former = before.sets.find(({ name }) => name === set.name);
    const id = namespaceIdOf(state, set.namespace);
    if (!former || !id || former.namespace !== set.namespace || isWritten(emulator, id, set)) return [];
    const declared = entriesOf(program, set.namespace);
    const dropped = Object.keys(former.entries).filter((key) => !declared.has(key));
    const gone = dropped.filter((key) => !emulator.entry(id, key));
    return gone.map((key) => `${set.namespace}/${key} was deleted before ${set.name} was written`);
  });
}

/** Deletes that were sent although the program declares the key. */
export function deletedThoughDeclared(program: Program, state: readonly ResourceState[], { log }: Emulator): string[] {
  return program.namespaces.flatMap(({ name }) => {
    const id = namespaceIdOf(state, name);
    const declared = entriesOf(program, name);
    const isDelete = (operation: string) => operation === "values.delete" || operation === "bulk.delete";
    const deletes = log.filter(({ operation, namespace }) => isDelete(operation) && namespace === id);
    const keys = deletes.flatMap(({ key, keys = [] }) => (key === undefined ? keys : [key]));
    return keys.filter((key) => declared.has(key)).map((key) => `${name}/${key} was deleted, and is declared`);
  });
}

export function namespaceIdOf(state: readonly ResourceState[], name: string): string | undefined {
  const id = state.find(({ urn, delete: isOld }) => nameOf(urn) === name && !isOld)?.outputs.namespaceId;
  return typeof id === "string" ? id : undefined;
}

function isWritten(emulator: Emulator, namespaceId: string, { entries }: SetDeclaration): boolean {
  return Object.entries(entries).every(([key, entry]) => isStored(emulator, namespaceId, key, entry));
}

function isStored(emulator: Emulator, namespaceId: string, key: string, entry: Entry): boolean {
  const stored = emulator.entry(namespaceId, key);
  const bytes = entry.isBinary ? bytesOf(entry.value) : Buffer.from(entry.value);
  const metadata = entry.metadata === undefined ? null : { metadata: entry.metadata };
  if (!stored?.value.equals(bytes) || !isExpiry(stored.expiration, entry.expires)) return false;
  return isDeepStrictEqual(stored.metadata, metadata);
}

/** A time to live counts from the write, of which no more is known than that it was in this run. */
function isExpiry(stored: number | undefined, expires: Expiry | undefined): boolean {
  if (expires === undefined || stored === undefined) return stored === expires;
  if ("at" in expires) return stored === expires.at;
  const latest = Math.ceil(Date.now() / 1000) + expires.in;
  return stored <= latest && stored > latest - longestRunSeconds;
}

function touched(emulator: Emulator, { written }: Strangers): string[] {
  return [...written].flatMap(([namespaceId, values]) => {
    const changed = [...values].filter(([key, value]) => emulator.entry(namespaceId, key)?.value.toString() !== value);
    return changed.map(([key]) => `${namespaceId}/${key}`);
  });
}
