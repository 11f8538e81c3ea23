import type { CallOptions, Client, ListedKey } from "./client";
import type { NamespaceAddress } from "./entry";

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
