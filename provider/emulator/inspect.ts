import type { Backend } from "./backend";
import type { Namespace } from "./namespace-table";
import type { KeyRange } from "./store";

/** A namespace as it is stored. */
export interface StoredNamespace {
  id: string;
  account: string;
  title: string;
}

/** An unexpired entry as it is stored. */
export interface StoredEntry {
  value: Buffer;
  /** null when there is none. */
  metadata: unknown;
  /** Unix seconds. */
  expiration?: number;
}

const everyKey: KeyRange = { from: Buffer.alloc(0), to: Buffer.from([0xff]), limit: -1 };

/** All namespaces, or an account's, in the order of their creation. */
export function storedNamespaces({ store }: Backend, account?: string): StoredNamespace[] {
  return store.namespaces.all(account).map(({ id, account, title }) => ({ id, account, title }));
}

/** The unexpired keys of a namespace, in byte order. */
export function storedKeys({ store, clock }: Backend, namespaceId: string): string[] {
  const namespace = store.namespaces.byId(namespaceId);
  if (namespace === undefined) return [];
  return store.list(namespace, everyKey, { nowMs: clock.now() }).map(({ key }) => key);
}

export function storedEntry(backend: Backend, namespaceId: string, key: string): StoredEntry | undefined {
  const namespace = backend.store.namespaces.byId(namespaceId);
  return namespace && entryIn(backend, namespace, key);
}

export function entryIn({ store, clock }: Backend, namespace: Namespace, key: string): StoredEntry | undefined {
  const pair = store.read(namespace, key, { nowMs: clock.now() });
  if (pair === undefined) return undefined;
  const entry = {
    value: Buffer.from(pair.value),
    metadata: pair.metadata === null ? null : JSON.parse(pair.metadata),
  };
  return pair.expiration === null ? entry : { ...entry, expiration: pair.expiration };
}
