import type { ListedKey } from "../../kv/answers";
import { keyPages, refuseToHold } from "../../kv/key-pages";
import type { Call } from "../../pulumi/resource-provider";
import type { Session } from "../../session/session";
import { callOptions } from "../call-options";
import type { SetAddress } from "./id";

/** Pages of the keys that begin with the set's prefix. */
export function keysBelow(
  { client }: Session,
  { keyPrefix, ...namespace }: SetAddress,
  call: Call,
): AsyncGenerator<readonly ListedKey[], void, void> {
  return keyPages(client, namespace, { ...callOptions(call), prefix: keyPrefix });
}

/** The names of all of them. */
export async function namesBelow(session: Session, address: SetAddress, call: Call): Promise<string[]> {
  const names: string[] = [];
  for await (const keys of keysBelow(session, address, call)) {
    names.push(...keys.map(({ name }) => name));
    refuseToHold(names.length);
  }
  return names;
}
