import type { NamespaceAddress } from "../kv/entry";
import { CloudflareError, isNamespaceGone, withRemedy } from "../kv/error";
import type { Claims } from "../session/claims";

/** Where a namespace is not found: one that this stack declares is not a matter of a wrong id. */
export function explainedNamespace<E>(
  error: E,
  { accountId, namespaceId }: NamespaceAddress,
  claims: Claims,
): E | CloudflareError {
  if (!(error instanceof CloudflareError) || !isNamespaceGone(error)) return error;
  if (claims.isKnown(`${accountId}/${namespaceId}`)) return error;
  return withRemedy(error, `Check namespaceId, and that its account is ${accountId}`);
}
