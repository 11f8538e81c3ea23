import type { BulkItem, Items } from "./batch";
import { BulkRun, type Send } from "./bulk-run";
import type { Client } from "./client";
import type { Clock } from "./clock";
import type { Entry, NamespaceAddress } from "./entry";

export interface BulkOptions {
  readonly clock: Clock;
  /** Told as soon as a request was answered: these are written, or deleted. */
  readonly onDone: (keys: readonly string[]) => void;
  /** Once aborted no request is sent any more; those in flight end and are counted. */
  readonly signal?: AbortSignal | undefined;
  /** Told what a long wait is for, about once a second. */
  readonly onWait?: ((message: string) => void) | undefined;
  readonly hidesKeys?: boolean | undefined;
}

/** A key that the API does not take, while it takes others. */
export interface BulkFailure {
  readonly key: string;
  /** The API's own words where it has said any. */
  readonly reason: string;
}

/** What was not done. All that was handed in and is named nowhere here was told to `onDone`, unless it `stopped`. */
export interface BulkOutcome {
  /** Each named with its reason; the others were done all the same. */
  readonly failed: readonly BulkFailure[];
  /** Keys of which nobody knows whether the store has the old or the new; those that failed may be among them. */
  readonly unsure: readonly string[];
  /**
   * Why it ended early: cancelled, or something that concerns every key, or the source of the items failed. What was
   * neither told to `onDone` nor is `unsure` is as it was.
   */
  readonly stopped?: Error;
}

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
