import { isUtf8 } from "node:buffer";
import type { Backend } from "./backend";
import { entryIn } from "./inspect";
import type { Namespace } from "./namespace-table";
import { keyRange, type Pair } from "./store";
import { wholeNumber } from "./whole-number";

export const usualEntries = 1000;
export const usualKeys = 100;

/** What was asked for is not there. */
export class NotFound extends Error {}

/** All namespaces, each with the number of its unexpired keys. */
export function countedNamespaces({ store, clock }: Backend): unknown[] {
  const every = keyRange(Buffer.alloc(0), undefined, -1);
  const nowMs = clock.now();
  return store.namespaces.all().map((namespace) => {
    const { id, account, title } = namespace;
    return { id, account, title, keys: store.count(namespace, every, nowMs) };
  });
}

/** The first unexpired entries of a namespace or, with `prefix`, of a part of it. */
export function entriesOf(backend: Backend, query: URLSearchParams): unknown[] {
  const { store, clock } = backend;
  const namespace = namespaceIn(backend, query);
  const range = keyRange(prefixIn(query), undefined, wholeNumber(query, "limit", 1, usualEntries));
  return store.list(namespace, range, { nowMs: clock.now() }).flatMap(({ key }) => {
    const found = entryIn(backend, namespace, key);
    if (found === undefined) return [];
    const { value, ...entry } = found;
    return { key, ...shownValue(value, isUtf8(value)), ...entry };
  });
}

/** A page of the unexpired keys, and where it stands among all keys with the prefix. */
export function keysOf(backend: Backend, query: URLSearchParams): unknown {
  const { store, clock } = backend;
  const namespace = namespaceIn(backend, query);
  const nowMs = clock.now();
  const prefix = prefixIn(query);
  const after = query.get("after");
  const range = keyRange(
    prefix,
    after === null ? undefined : Buffer.from(after),
    wholeNumber(query, "limit", 1, usualKeys),
  );
  const total = store.count(namespace, { ...range, from: prefix }, nowMs);
  return {
    total,
    before: after === null ? 0 : total - store.count(namespace, range, nowMs),
    keys: store.list(namespace, range, { nowMs }).map(shownKey),
  };
}

/** One unexpired entry, with no more than `limit` bytes of its value. */
export function entryOf(backend: Backend, query: URLSearchParams): unknown {
  const namespace = namespaceIn(backend, query);
  const key = query.get("key") ?? "";
  const entry = entryIn(backend, namespace, key);
  if (entry === undefined) throw new NotFound(`There is no key ${JSON.stringify(key)} in this namespace.`);
  const { value, ...rest } = entry;
  const isText = isUtf8(value);
  const limit = wholeNumber(query, "limit", 0, value.length);
  const part = value.subarray(0, isText ? wholeCharacters(value, limit) : limit);
  return { key, bytes: value.length, ...shownValue(part, isText), ...rest };
}

function namespaceIn({ store }: Backend, query: URLSearchParams): Namespace {
  const id = query.get("namespace") ?? "";
  const namespace = store.namespaces.byId(id);
  if (namespace !== undefined) return namespace;
  throw new NotFound(`There is no namespace ${JSON.stringify(id)}; GET /__control/namespaces lists them.`);
}

function prefixIn(query: URLSearchParams): Buffer {
  return Buffer.from(query.get("prefix") ?? "");
}

function shownKey({ key, metadata, expiration }: Omit<Pair, "value">): unknown {
  const shown = { key, metadata: metadata === null ? null : JSON.parse(metadata) };
  return expiration === null ? shown : { ...shown, expiration };
}

function shownValue(value: Buffer, isText: boolean): { value: string } | { valueBase64: string } {
  return isText ? { value: value.toString() } : { valueBase64: value.toString("base64") };
}

/** The most bytes, up to the limit, that end where a character of UTF-8 ends. */
function wholeCharacters(text: Buffer, limit: number): number {
  let end = Math.min(limit, text.length);
  while (isContinuation(text[end])) end -= 1;
  return end;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
