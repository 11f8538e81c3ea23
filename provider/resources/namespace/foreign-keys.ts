import { nowSeconds } from "../../kv/clock";
import { isGone } from "../../kv/error";
import { keyPages } from "../../kv/key-pages";
import { quoted } from "../../kv/quote";
import { InputError } from "../../pulumi/errors";
import { nameOf } from "../../pulumi/urn";
import { type CallContext, callOptions } from "../../session/context";
import { parseNamespaceId } from "../address";

const longestPauseMs = 16_000;
/** Foreign keys that a refusal names, and listed keys that are confirmed at once. */
const namedKeys = 3;
const confirmedAtOnce = 20;

/**
 * Throws while the namespace holds a key that is not this stack's. Lists lag, so what they say is confirmed, and
 * looked at again until every write and delete must have arrived.
 */
export async function refuseForeignKeys(id: string, title: unknown, context: CallContext): Promise<void> {
  const {
    clock,
    connection: { config },
  } = context;
  const until = nowSeconds(clock) + config.consistencySeconds;
  for (let pauseMs = 1000; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const foreign = await foreignKeys(id, context);
    if (foreign.length === 0) return;
    const leftMs = (until - nowSeconds(clock)) * 1000;
    if (leftMs <= 0) throw new InputError(refusal(id, title, foreign, context.urn));
    context.log.status(
      `still holds ${foreign.map(quoted).join(", ")}; looking again for ${Math.ceil(leftMs / 1000)} s`,
    );
    await clock.sleep(Math.min(pauseMs, leftMs), context.signal);
  }
}

/** A few of the keys that are really there, and that this run neither knows nor has deleted. */
async function foreignKeys(id: string, context: CallContext): Promise<string[]> {
  const {
    run: { claims },
    connection: { client },
  } = context;
  const { accountId, namespaceId } = parseNamespaceId(id, undefined);
  const options = callOptions(context);
  const exists = (key: string) => isThere(client.getMetadata({ accountId, namespaceId, key }, options));
  try {
    for await (const page of keyPages(client, { accountId, namespaceId }, options)) {
      const unmanaged = page.map(({ name }) => name).filter((key) => !claims.isKnown(`${id}/${key}`));
      for (let start = 0; start < unmanaged.length; start += confirmedAtOnce) {
        const batch = unmanaged.slice(start, start + confirmedAtOnce);
        const present = await Promise.all(batch.map(exists));
        const confirmed = batch.filter((_, index) => present[index]);
        if (confirmed.length > 0) return confirmed.slice(0, namedKeys);
      }
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return [];
}

async function isThere(reading: Promise<unknown>): Promise<boolean> {
  try {
    await reading;
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** The engine has asked for the stack's own keys first: they are gone, and it is for the user to say what comes next. */
function refusal(id: string, title: unknown, foreign: string[], urn: string): string {
  const namespace = typeof title === "string" ? `"${title}" (${id})` : id;
  return (
    `Run it again with CLOUDFLARE_KV_FORCE_DESTROY=true to delete the namespace ${namespace} with all its keys, or with ` +
    `--exclude '**::${nameOf(urn)}' to keep it. It is not deleted because it holds keys that this stack does not manage, such as ` +
    `${foreign.map(quoted).join(", ")}; what this run was to delete of the stack's own is deleted already. Keys of resources with ` +
    "deletedWith are known with --refresh"
  );
}
