import { isUtf8 } from "node:buffer";
import { readBulk } from "../../kv/bulk-read";
import type { NamespaceAddress } from "../../kv/entry";
import { isKeyGone } from "../../kv/error";
import type { Session } from "../../session";
import { type Call, callOptions } from "../resource";

/** What is stored under a key. */
export interface FoundValue {
  readonly value: string | Buffer;
  /** Null when there is none. */
  readonly metadata: unknown;
  /** Unix seconds. */
  readonly expiration: number | undefined;
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

/** A value in the form in which an entry shows it. */
export function formOf(value: string | Buffer): { value?: string; valueBase64?: string } {
  if (typeof value === "string") return { value };
  return isUtf8(value) ? { value: value.toString("utf8") } : { valueBase64: value.toString("base64") };
}

async function readOne(
  { client }: Session,
  address: NamespaceAddress & { key: string },
  call: Call,
): Promise<FoundValue | undefined> {
  try {
    const [{ value, expiration }, metadata] = await Promise.all([
      client.getValue(address, callOptions(call)),
      client.getMetadata(address, callOptions(call)),
    ]);
    return { value, expiration, metadata };
  } catch (error) {
    if (isKeyGone(error)) return undefined;
    throw error;
  }
}
