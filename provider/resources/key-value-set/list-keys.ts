import type { ListedKey } from "../../kv/answers";
import { keyPages, refuseToHold } from "../../kv/key-pages";
import { type CallContext, callOptions } from "../../session/context";
import type { SetAddress } from "./id";

/** Pages of the keys that begin with the set's prefix. */
export function keysBelow(
  { keyPrefix, ...namespace }: SetAddress,
  context: CallContext,
): AsyncGenerator<readonly ListedKey[], void, void> {
  return keyPages(context.connection.client, namespace, { ...callOptions(context), prefix: keyPrefix });
}

/** The names of all of them. */
export async function namesBelow(address: SetAddress, context: CallContext): Promise<string[]> {
  const names: string[] = [];
  for await (const keys of keysBelow(address, context)) {
    names.push(...keys.map(({ name }) => name));
    refuseToHold(names.length);
  }
  return names;
}
