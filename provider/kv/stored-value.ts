import { readBulk } from "./bulk-read";
import type { CallOptions, Client } from "./client";
import type { KeyAddress, NamespaceAddress } from "./entry";
import { isKeyGone } from "./error";

/** What is stored under a key. */
export interface FoundValue {
  readonly value: string | Buffer;
  /** Null when there is none. */
  readonly metadata: unknown;
  /** Unix seconds. */
  readonly expiration: number | undefined;
}

/** The same, read alone: its bytes. */
export interface StoredValue extends FoundValue {
  readonly value: Buffer;
}

const singlesAtOnce = 8;

/** Reads a hundred keys a request, and those that are not text one by one. What is not there is left out. */
export async function readValues(
  client: Client,
  namespace: NamespaceAddress,
  keys: readonly string[],
  options: CallOptions,
  onFound: (key: string, found: FoundValue) => void,
): Promise<void> {
  const left = await readBulk(client, namespace, keys, {
    ...options,
    onRead: (key, found) => found && onFound(key, found),
  });
  for (let start = 0; start < left.length; start += singlesAtOnce) {
    const some = left.slice(start, start + singlesAtOnce);
    const found = await Promise.all(some.map((key) => readValue(client, { ...namespace, key }, options)));
    for (const [index, key] of some.entries()) if (found[index]) onFound(key, found[index]);
  }
}

/** Reads one, whatever it is; undefined where there is no such key. Rejects where there is no such namespace. */
export async function readValue(
  client: Client,
  address: KeyAddress,
  options: CallOptions,
): Promise<StoredValue | undefined> {
  try {
    const [{ value, expiration }, metadata] = await Promise.all([
      client.getValue(address, options),
      client.getMetadata(address, options),
    ]);
    return { value, expiration, metadata };
  } catch (error) {
    if (isKeyGone(error)) return undefined;
    throw error;
  }
}
