import type { BulkValue, Client } from "./client";
import type { NamespaceAddress } from "./entry";

export interface BulkReadOptions {
  /** Told as soon as a request was answered; undefined means that there is no such key. */
  readonly onRead: (key: string, found: BulkValue | undefined) => void;
  readonly signal?: AbortSignal | undefined;
  /** Told what a long wait is for, about once a second. */
  readonly onWait?: ((message: string) => void) | undefined;
}

/**
 * Reads values with their metadata and expiration, a hundred keys a request.
 *
 * @returns the keys that the API gives only one by one: those of values that are not text, or too large. Each costs
 * some requests to be found: a key known to be of that kind is better not handed in.
 * @throws CloudflareError or CancelledError as soon as a request fails for any other reason.
 */
export async function readBulk(
  _client: Client,
  _namespace: NamespaceAddress,
  _keys: Iterable<string>,
  _options: BulkReadOptions,
): Promise<string[]> {
  throw new Error("being written");
}
