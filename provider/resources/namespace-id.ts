import { quotedId } from "./quoted";
import { InputError } from "./resource";

const form = /^(?:([0-9a-f]{32})\/)?([0-9a-f]{32})$/;

/** Why this names no namespace. */
export function namespaceIdProblem(value: string): string | undefined {
  return form.test(value)
    ? undefined
    : `must be 32 lowercase hexadecimal digits, or <accountId>/<namespaceId>, not ${quotedId(value)}`;
}

/** The parts of a bare namespace id, or of a Namespace resource's id; undefined for anything else. */
export function splitNamespaceId(value: unknown): { accountId: string | undefined; namespaceId: string } | undefined {
  const [, accountId, namespaceId] = (typeof value === "string" && form.exec(value)) || [];
  return namespaceId === undefined ? undefined : { accountId, namespaceId };
}

/** Reads the id of a Namespace resource; an import may leave the account to the configuration. */
export function parseNamespaceId(id: string, configuredAccountId: string | undefined) {
  const parts = splitNamespaceId(id);
  const accountId = parts?.accountId ?? configuredAccountId;
  if (parts && accountId) return { accountId, namespaceId: parts.namespaceId };
  const why = parts ? ", for no account is configured" : "";
  throw new InputError(
    `Invalid namespace id "${id}": expected <accountId>/<namespaceId>, each 32 lowercase hexadecimal digits${why}`,
  );
}
