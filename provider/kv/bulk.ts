import type { BulkItem, Items } from "./batch";
import { type BulkOptions, type BulkOutcome, BulkRun, type Send } from "./bulk-run";
import type { Client } from "./client";
import type { Entry, NamespaceAddress } from "./entry";

/** A pair as the API takes it in a bulk write. Anything but text is given in base64, and says so. */
export function serializePair(
  key: string,
  { value, base64, metadata, expiration, expirationTtl }: Omit<Entry, "value"> & { value: string; base64?: boolean },
): string {
  return JSON.stringify({
    key,
    value,
    base64: base64 || undefined,
    metadata: metadata ?? undefined,
    expiration,
    expiration_ttl: expirationTtl,
  });
}

/**
 * Writes pairs, each as {@link serializePair} gives it, some ten thousand a request, and pulls them only as fast as they are sent: values are held only while
 * they are in flight. No key may come twice. Never rejects, for what was written would be forgotten with it.
 */
export function writeBulk(
  client: Client,
  namespace: NamespaceAddress,
  pairs: Items,
  options: BulkOptions,
): Promise<BulkOutcome> {
  const send: Send = (body, count, call) => client.putBulk(namespace, body, count, call);
  return new BulkRun(send, client.bulkBytes, options).run(pairs);
}

/** Deletes keys, whether they exist or not, in the manner of {@link writeBulk}. */
export function deleteBulk(
  client: Client,
  namespace: NamespaceAddress,
  keys: Iterable<string>,
  options: BulkOptions,
): Promise<BulkOutcome> {
  const send: Send = (body, count, call) => client.deleteBulk(namespace, body, count, call);
  return new BulkRun(send, client.bulkBytes, options).run(itemsOf(keys));
}

function* itemsOf(keys: Iterable<string>): Generator<BulkItem> {
  for (const key of keys) yield { key, json: JSON.stringify(key) };
}
