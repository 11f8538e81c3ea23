import type { ListedKey } from "../../kv/client";
import type { Session } from "../../session";
import { type Call, callOptions } from "../resource";
import type { SetAddress } from "./id";

/** Pages of the keys that begin with the set's prefix. */
export async function* keysBelow(
  { client }: Session,
  { keyPrefix, ...namespace }: SetAddress,
  call: Call,
): AsyncGenerator<readonly ListedKey[], void, void> {
  let cursor: string | undefined;
  do {
    const page = await client.listKeys(namespace, { ...callOptions(call), prefix: keyPrefix, cursor });
    yield page.keys;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** The names of all of them. */
export async function namesBelow(session: Session, address: SetAddress, call: Call): Promise<string[]> {
  const names: string[] = [];
  for await (const keys of keysBelow(session, address, call)) names.push(...keys.map(({ name }) => name));
  return names;
}
