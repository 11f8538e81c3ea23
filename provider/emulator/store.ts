import type { Namespace, NamespaceTable, NewNamespace } from "./namespace-table";

/** One key as it is written. */
export interface Pair {
  key: string;
  value: Uint8Array;
  /** Compact JSON. */
  metadata: string | null;
  /** Unix seconds. */
  expiration: number | null;
}

/** The moment of a read; a stale one sees the version before any write younger than `staleMs`. */
export interface View {
  nowMs: number;
  staleMs?: number;
}

/** A range of keys in byte order: from `from` on, before `to`. */
export interface KeyRange {
  from: Buffer;
  to: Buffer;
  limit: number;
}

/** Everything the emulator keeps: the namespaces of all accounts, and their entries. */
export interface Store {
  readonly namespaces: NamespaceTable;
  /** Whether a read can be stale: see the version before a young write. */
  readonly hasEarlierVersions: boolean;

  close(): void;

  /** The store chooses the id. */
  createNamespace(namespace: NewNamespace): Namespace;
  renameNamespace(namespace: Namespace, title: string): void;
  /** With all its entries. */
  deleteNamespace(namespace: Namespace): void;

  /** All pairs, or none. */
  write(namespace: Namespace, pairs: Iterable<Pair>, nowMs: number): void;
  /** All keys, or none; one that is not there is no error. */
  remove(namespace: Namespace, keys: Iterable<string>, nowMs: number): void;
  read(namespace: Namespace, key: string, view: View): Pair | undefined;
  list(namespace: Namespace, range: KeyRange, view: View): Omit<Pair, "value">[];
  /** How many unexpired keys there are from `from` on, before `to`; quick for very many. */
  count(namespace: Namespace, range: Omit<KeyRange, "limit">, nowMs: number): number;
  /** When the key was last written or deleted, in unix ms. */
  writtenAt(namespace: Namespace, key: string): number | undefined;
  /** When anything in the namespace was last written or deleted, in unix ms. */
  lastWrittenAt(namespace: Namespace): number | undefined;
  /** How many pairs the namespace would hold with these, and how many bytes of keys and values. */
  sizeWith(namespace: Namespace, pairs: readonly Pair[]): { count: number; bytes: number };
}

/** No UTF-8 text has this byte, so it is above every key. */
const aboveAll = Buffer.from([0xff]);

/** The keys with this prefix, or of these the ones after a key that need not be there. */
export function keyRange(prefix: Buffer, after: Buffer | undefined, limit: number): KeyRange {
  const from = after === undefined ? prefix : later(prefix, following(after));
  return { from, to: upperBound(prefix), limit };
}

/** The first byte sequence after everything with this prefix. */
export function upperBound(prefix: Buffer): Buffer {
  const last = prefix.at(-1);
  return last === undefined ? aboveAll : Buffer.concat([prefix.subarray(0, -1), Buffer.from([last + 1])]);
}

/** The first byte sequence after a key. */
function following(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.from([0])]);
}

function later(one: Buffer, other: Buffer): Buffer {
  return one.compare(other) > 0 ? one : other;
}

/** How many pairs there are with these, and their bytes, where the values that are stored have these sizes by key. */
export function sizeWith(
  stored: Iterable<readonly [key: string, bytes: number]>,
  pairs: readonly Pair[],
): { count: number; bytes: number } {
  const sizes = new Map(stored);
  for (const { key, value } of pairs) sizes.set(key, value.length);
  let bytes = 0;
  for (const [key, length] of sizes) bytes += Buffer.byteLength(key) + length;
  return { count: sizes.size, bytes };
}
