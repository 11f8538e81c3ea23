import type { ListedKey } from "./answers";
import type { CallOptions, Client } from "./client";
import type { NamespaceAddress } from "./entry";
import { CloudflareError } from "./error";
import { limits } from "./limits";

/** Keys that are gone may leave some: those of a million deleted ones, ten times over. */
const maxEmptyPages = 10_000;
/** Names of keys that are held at once, with what else a list has. */
const maxKeysHeld = 1_000_000;

/** How many keys to ask for at once where so many are wanted. */
export function pageSizeFor(wanted: number): number {
  return Math.max(limits.minKeysPerPage, Math.min(limits.maxKeysPerPage, wanted));
}

/**
 * The keys of a namespace in the order of their bytes, a page a request; the next is asked for when it is wanted.
 *
 * @throws CloudflareError also where no end is in sight: pages go back, or are empty, on and on.
 */
export async function* keyPages(
  client: Pick<Client, "listKeys">,
  namespace: NamespaceAddress,
  options: CallOptions & { readonly limit?: number; readonly prefix?: string },
): AsyncGenerator<readonly ListedKey[], void, void> {
  let cursor: string | undefined;
  let last = "";
  let emptyPages = 0;
  do {
    const page = await client.listKeys(namespace, { ...options, cursor });
    const end = page.keys.at(-1)?.name;
    emptyPages = end === undefined ? emptyPages + 1 : 0;
    if (emptyPages > maxEmptyPages) throw endless(namespace, `${maxEmptyPages} pages in a row are empty`);
    if (end !== undefined && !isBefore(last, end))
      throw endless(namespace, "its pages are not in the order of the keys");
    yield page.keys;
    last = end ?? last;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** For whoever collects what is listed. */
export function refuseToHold(count: number): void {
  if (count <= maxKeysHeld) return;
  throw new CloudflareError(`More than ${maxKeysHeld} keys are listed, which is too many at once: use a longer prefix`);
}

/** In UTF-8, which differs from JavaScript's own order. */
function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

function endless({ namespaceId }: NamespaceAddress, why: string): CloudflareError {
  return new CloudflareError(
    `The list of the keys in the namespace ${namespaceId} has no end in sight: ${why}; check baseUrl`,
  );
}
