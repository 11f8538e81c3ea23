import type { BulkValue } from "./answers";
import { maxRequests } from "./batch";
import type { CallOptions, Client } from "./client";
import type { NamespaceAddress } from "./entry";
import { CloudflareError, isContentRefused } from "./error";
import { limits } from "./limits";

export interface BulkReadOptions extends CallOptions {
  /** Told as soon as a request was answered; undefined means that there is no such key. */
  readonly onRead: (key: string, found: BulkValue | undefined) => void;
}

/**
 * Reads values with their metadata and expiration, a hundred keys a request.
 *
 * @returns the keys that the API gives only one by one: those of values that are not text, or too large. Each costs
 * some requests to be found: a key known to be of that kind is better not handed in.
 * @throws CloudflareError or CancelledError when a request fails for any other reason.
 */
export async function readBulk(
  client: Client,
  namespace: NamespaceAddress,
  keys: Iterable<string>,
  { onRead, signal, onWait, hidesKeys }: BulkReadOptions,
): Promise<string[]> {
  const halt = new AbortController();
  const call = { signal: signal ? AbortSignal.any([signal, halt.signal]) : halt.signal, onWait, hidesKeys };
  const slices = slicesOf(keys, limits.maxBulkReadKeys);
  const single: string[] = [];

  const read = async (slice: readonly string[]): Promise<void> => {
    const found = await client.getBulk(namespace, slice, call).catch(refusalOf);
    if (found) {
      for (const key of slice) onRead(key, found.get(key));
    } else if (slice.length === 1) {
      single.push(...slice);
    } else {
      const middle = slice.length >> 1;
      await read(slice.slice(0, middle));
      await read(slice.slice(middle));
    }
  };

  const readers = Array.from({ length: maxRequests }, async () => {
    for (const slice of slices) await read(slice);
  });
  // The first failure counts, and ends the others.
  await Promise.all(readers.map((reader) => reader.catch((error) => halt.abort(error))));
  halt.signal.throwIfAborted();
  return single;
}

/** Undefined where fewer keys may be answered. */
function refusalOf(error: unknown): undefined {
  if (error instanceof CloudflareError && (error.excess === "size" || isContentRefused(error))) return undefined;
  throw error;
}

function* slicesOf(keys: Iterable<string>, length: number): Generator<string[]> {
  let slice: string[] = [];
  for (const key of keys) {
    slice.push(key);
    if (slice.length < length) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}
