import type { CallOptions, Client, ListedKey } from "./client";
import type { NamespaceAddress } from "./entry";
import { limits } from "./limits";

/** How many keys to ask for at once where so many are wanted. */
export function pageSizeFor(wanted: number): number {
  return Math.max(limits.minKeysPerPage, Math.min(limits.maxKeysPerPage, wanted));
}

/** The keys of a namespace in the order of their bytes, a page a request; the next is asked for when it is wanted. */
export async function* keyPages(
  client: Client,
  namespace: NamespaceAddress,
  options: CallOptions & { readonly limit?: number; readonly prefix?: string },
): AsyncGenerator<readonly ListedKey[], void, void> {
  let cursor: string | undefined;
  do {
    const page = await client.listKeys(namespace, { ...options, cursor });
    yield page.keys;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
