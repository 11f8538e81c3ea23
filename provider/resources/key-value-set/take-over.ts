import { nowSeconds } from "../../kv/clock";
import { isNamespaceGone } from "../../kv/error";
import { limits } from "../../kv/limits";
import type { CallContext } from "../../session/context";
import { Inspection } from "./drift";
import { counted, grouped } from "./format";
import { keyIdOf, rangeOf, type SetAddress } from "./id";
import { Manifest } from "./manifest/manifest";
import { type Found, hasDeclaredExpired } from "./plan";

export const nothingFound: Found = { live: Manifest.empty(), requests: 0 };

/** Below so many keys nobody waits long enough to be told. */
const manyKeys = 10_000;

/**
 * Looks for the declared keys that the set does not know. What this run has deleted is not looked for: a read may still
 * show it for a while.
 */
export async function findUnknown(
  address: SetAddress,
  declared: Manifest,
  stored: Manifest,
  context: CallContext,
): Promise<Found> {
  const wanted = Manifest.empty();
  const now = nowSeconds(context.clock);
  for (const [key, entry] of declared)
    if (!stored.has(key) && !hasDeclaredExpired(declared, key, now)) wanted.set(key, entry);
  for (const key of context.run.claims.deletedIn(rangeOf(address, wanted))) wanted.delete(key);
  if (wanted.size === 0) return nothingFound;
  if (wanted.size > manyKeys) context.log.info(costText(wanted.size, context));
  const found = await new Inspection(address, wanted, context).ofPresent().catch((error) => {
    if (isNamespaceGone(error)) return nothingFound;
    throw error;
  });
  context.run.claims.recordFound(found.live.keys().map((key) => keyIdOf(address, key)));
  return found;
}

function costText(size: number, { connection }: CallContext): string {
  const requests = Math.ceil(size / limits.maxBulkReadKeys + size / limits.maxKeysPerPage);
  const { requestsPerFiveMinutes } = connection.config;
  const minutes = Math.ceil((5 * requests) / requestsPerFiveMinutes);
  const wait = requests > requestsPerFiveMinutes ? `, some ${counted(minutes, "minute")} at the allowed rate` : "";
  return (
    `looks for ${grouped(size)} keys that it does not know, in the preview and in the update: ` +
    `up to ${counted(requests, "request")} each time${wait}`
  );
}
