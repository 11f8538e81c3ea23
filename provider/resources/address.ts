import { z } from "zod";
import { quotedId } from "../kv/quote";
import { InputError } from "../pulumi/errors";
import type { CheckFailure, CheckResult, Properties } from "../pulumi/resource-provider";
import { isAbsent, isUnknown, rule, withoutAbsent } from "../pulumi/validate";
import { accountIdProblem, type Config } from "../session/config";
import type { CallContext } from "../session/context";

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

const namespaceIdForm = /^(?:([0-9a-f]{32})\/)?([0-9a-f]{32})$/;

/** Why this names no namespace. */
export function namespaceIdProblem(value: string): string | undefined {
  return namespaceIdForm.test(value)
    ? undefined
    : `must be 32 lowercase hexadecimal digits, or <accountId>/<namespaceId>, not ${quotedId(value)}`;
}

/** The parts of a bare namespace id, or of a Namespace resource's id; undefined for anything else. */
export function splitNamespaceId(value: unknown): { accountId: string | undefined; namespaceId: string } | undefined {
  const [, accountId, namespaceId] = (typeof value === "string" && namespaceIdForm.exec(value)) || [];
  return namespaceId === undefined ? undefined : { accountId, namespaceId };
}

/** Reads the id of a Namespace resource; an import may leave the account to the configuration. */
export function parseNamespaceId(id: string, configuredAccountId: string | undefined) {
  const parts = splitNamespaceId(id);
  const accountId = parts?.accountId ?? configuredAccountId;
  if (parts && accountId) return { accountId, namespaceId: parts.namespaceId };
  const why = parts ? " because no account is configured" : "";
  throw new InputError(
    `Invalid namespace id "${id}": expected <accountId>/<namespaceId>, each 32 lowercase hexadecimal digits${why}`,
  );
}

const namespaceId = z.string().superRefine(rule(namespaceIdProblem));

/** The property that says which namespace holds what a resource declares. */
export function namespaceIdSchema(what: "key" | "keys") {
  return namespaceId.meta({
    description:
      `The namespace that holds the ${what}: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. ` +
      "A change replaces the resource.",
    replaces: true,
  });
}

/** The argument that says in which namespace a function looks. */
export const namespaceIdArg = namespaceId.meta({
  description: "The namespace: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource.",
});

/** The inputs with the account filled in, and a bare namespaceId. `olds` are the inputs of the state, if there is one. */
export function located(
  olds: Properties,
  news: Properties,
  { connection: { config } }: Pick<CallContext, "connection">,
): CheckResult {
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
