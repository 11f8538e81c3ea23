import type { KvNamespace, ListedKey } from "../kv/answers";
import type { NamespaceAddress } from "../kv/entry";
import { CloudflareError, isNamespaceGone } from "../kv/error";
import { keyPages, pageSizeFor } from "../kv/key-pages";
import { type CallContext, callOptions } from "../session/context";
import { explainedNamespace } from "./explained-namespace";

/** What one preview has asked, so that what it promises is not refused by its `up`. */
class Preflight {
  hasAsked = false;
  /** By account. */
  readonly namespaces = new Map<string, Promise<KvNamespace[] | undefined>>();
}

/**
 * Asks, once in a preview that has something to write, whether the API accepts the credential, and knows the namespace.
 *
 * @throws CloudflareError where it refuses, as the update would be refused. That nobody answers is a warning.
 */
export async function askForNamespace(address: NamespaceAddress, context: CallContext): Promise<void> {
  const preflight = context.run.memory(Preflight);
  if (preflight.hasAsked) return;
  preflight.hasAsked = true;
  const { accountId, namespaceId } = address;
  await answered(context.connection.client.getNamespace(accountId, namespaceId, callOptions(context)), context).catch(
    (error) => {
      throw explainedNamespace(error, address, context.run.claims);
    },
  );
}

/** The namespaces that there are, asked for once in a preview; undefined where nobody answers. */
export function askForNamespaces(accountId: string, context: CallContext): Promise<KvNamespace[] | undefined> {
  const preflight = context.run.memory(Preflight);
  preflight.hasAsked = true;
  const known = preflight.namespaces.get(accountId);
  const asked = known ?? answered(context.connection.client.listNamespaces(accountId, callOptions(context)), context);
  preflight.namespaces.set(accountId, asked);
  return asked;
}

/** Whether a namespace that is about to be taken over holds anything. */
export async function askForKeys(address: NamespaceAddress, context: CallContext): Promise<boolean> {
  const options = { ...callOptions(context), limit: pageSizeFor(1) };
  const first = keyPages(context.connection.client, address, options).next();
  const page = await answered<IteratorResult<readonly ListedKey[], void>>(first, context);
  return (page?.value?.length ?? 0) > 0;
}

async function answered<T>(asking: Promise<T>, { log }: CallContext): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    const isUnanswered = error instanceof CloudflareError && error.status === undefined && !isNamespaceGone(error);
    if (!isUnanswered) throw error;
    log.warning(`the preview could not ask whether the update would be accepted: ${error.message}`);
    return undefined;
  }
}
