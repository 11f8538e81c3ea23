import type { Session } from "../session/session";
import { accountIdFor } from "./account";
import { splitNamespaceId } from "./namespace-id";
import type { CheckResult, Properties } from "./resource";
import { isUnknown, withoutAbsent } from "./validate";

/** The inputs with the account filled in, and a bare namespaceId. `olds` are the inputs of the state, if there is one. */
export function located(olds: Properties, news: Properties, { config }: Session): CheckResult {
  const inputs = withoutAbsent(news);
  const namespace = splitNamespaceId(news.namespaceId);
  const account = accountIdFor({
    news,
    olds,
    ofNamespace: isUnknown(news.namespaceId) ? null : namespace?.accountId,
    configured: config.accountId,
  });
  if (namespace) inputs.namespaceId = namespace.namespaceId;
  if ("failure" in account) return { inputs, failures: [account.failure] };
  inputs.accountId = account.accountId;
  return { inputs, failures: [] };
}
