import { z } from "zod";
import { accountIdProblem, type Config } from "../session/config";
import type { CheckFailure, Properties } from "./resource";
import { isAbsent, isUnknown, rule } from "./validate";

const accountId = z.string().superRefine(rule(accountIdProblem)).optional();
const whichAccount =
  "The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, " +
  "then that of the environment (CLOUDFLARE_ACCOUNT_ID).";

/** The property that every resource has. Check fills it in, so that its state stands alone. */
export const accountIdSchema = accountId.meta({
  description: `${whichAccount} A change replaces the resource.`,
  replaces: true,
});

/** The argument that every function has. */
export const accountIdArg = accountId.meta({ description: whichAccount });

/** What decides the account, strongest first. */
interface AccountSources {
  readonly news: Properties;
  /** The account in the state's inputs. */
  readonly olds: Properties;
  /** The account that the namespaceId carries; undefined when it carries none, null when it is unknown. */
  readonly ofNamespace?: string | null | undefined;
  readonly configured: Config["accountId"];
}

/** The account id to fill in, unknown included, or why there is none. */
export function accountIdFor(sources: AccountSources): { accountId: unknown } | { failure: CheckFailure } {
  const { news, olds, ofNamespace, configured } = sources;
  if (!isAbsent(news.accountId)) return confirmed(news.accountId, ofNamespace);
  if (ofNamespace) return { accountId: ofNamespace };
  if (configured?.source === "configuration") return { accountId: configured.value };
  const before = olds.accountId;
  if (configured && !isAbsent(before) && before !== configured.value)
    return failed(movedByEnvironment(configured.value, before));
  if (configured || !isAbsent(before)) return { accountId: configured?.value ?? before };
  // Once the namespace's id is known it may carry the account.
  if (ofNamespace === null) return { accountId: news.namespaceId };
  return failed(
    "is not known: give it here, or run `pulumi config set cloudflare-kv:accountId <id>`, or set CLOUDFLARE_ACCOUNT_ID",
  );
}

function confirmed(accountId: unknown, ofNamespace: string | null | undefined) {
  if (!ofNamespace || isUnknown(accountId) || accountId === ofNamespace) return { accountId };
  return failed(`is ${accountId}, but the namespaceId is one of the account ${ofNamespace}; leave accountId out`);
}

function movedByEnvironment(environment: string, state: unknown): string {
  return (
    `is ${state} in the state, but ${environment} in the environment, which never moves a resource: ` +
    `set CLOUDFLARE_ACCOUNT_ID=${state}, or, to replace the resource, set cloudflare-kv:accountId to ${environment}`
  );
}

function failed(reason: string): { failure: CheckFailure } {
  return { failure: { property: "accountId", reason } };
}
