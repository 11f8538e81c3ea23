import { readBulk } from "../kv/bulk-read";
import type { KeyAddress, NamespaceAddress } from "../kv/entry";
import { isKeyGone } from "../kv/error";
import type { Session } from "../session";
import { type Call, callOptions } from "./resource";

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
  session: Session,
  namespace: NamespaceAddress,
  keys: readonly string[],
  call: Call,
  onFound: (key: string, found: FoundValue) => void,
): Promise<void> {
  const left = await readBulk(session.client, namespace, keys, {
    ...callOptions(call),
    onRead: (key, found) => found && onFound(key, found),
  });
  for (let start = 0; start < left.length; start += singlesAtOnce) {
    const some = left.slice(start, start + singlesAtOnce);
    const found = await Promise.all(some.map((key) => readOne(session, { ...namespace, key }, call)));
    for (const [index, key] of some.entries()) if (found[index]) onFound(key, found[index]);
  }
}

/** One by one, whatever it is. Rejects where there is no such key, or no such namespace. */
export async function readStored({ client }: Session, address: KeyAddress, call: Call): Promise<StoredValue> {
  const [{ value, expiration }, metadata] = await Promise.all([
    client.getValue(address, callOptions(call)),
    client.getMetadata(address, callOptions(call)),
  ]);
  return { value, expiration, metadata };
}

async function readOne(session: Session, address: KeyAddress, call: Call): Promise<StoredValue | undefined> {
  try {
    return await readStored(session, address, call);
  } catch (error) {
    if (isKeyGone(error)) return undefined;
    throw error;
  }
}
