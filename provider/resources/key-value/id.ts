import { type KeyAddress, keyProblem } from "../../kv/entry";
import { InputError } from "../../pulumi/errors";
import type { Properties } from "../../pulumi/resource-provider";
import { isUnknown } from "../../pulumi/validate";

/** `<accountId>/<namespaceId>/<key>`; the key is last and as it is, whatever it contains. */
export function keyValueId({ accountId, namespaceId, key }: KeyAddress): string {
  return `${accountId}/${namespaceId}/${key}`;
}

/**
 * The two parts that begin an id, and the rest. An id may be without the account where one is configured, unless its
 * rest begins like a namespace's id: then it may as well be an id that lacks its end.
 */
export const idForm =
  /^(?:(?<account>[0-9a-f]{32})\/(?<namespace>[0-9a-f]{32})|(?<short>[0-9a-f]{32})(?!\/[0-9a-f]{32}(?:[/*]|$)))\/(?<rest>.*)$/s;

export const shortIdHint = "the account may be left out where one is configured";

/** Where an account is configured, the id may be without one: `<namespaceId>/<key>`. */
export function parseKeyValueId(id: string, configuredAccountId?: string): KeyAddress {
  const { account: accountId = configuredAccountId, namespace, short, rest: key } = idForm.exec(id)?.groups ?? {};
  const namespaceId = namespace ?? short;
  if (!accountId || !namespaceId || !key) {
    throw new InputError(
      `Invalid key-value id "${id}": expected <accountId>/<namespaceId>/<key>, each of the first two 32 lowercase hexadecimal digits; ${shortIdHint}`,
    );
  }
  const problem = keyProblem(key);
  if (problem) throw new InputError(`Invalid key-value id "${id}": the key ${problem}`);
  return { accountId, namespaceId, key };
}

/** Of a resource whose id contains this secret input. */
export function clearIdText(name: string): string {
  return (
    `${name} is a secret, but the id of this resource contains it, and Pulumi keeps and shows ids in clear: ` +
    "in the state, and in what `pulumi` prints"
  );
}

/** The id of the namespace that these inputs lead to; undefined while a part of it is unknown. */
export function knownNamespaceOf({ accountId, namespaceId }: Properties): string | undefined {
  const isKnown = [accountId, namespaceId].every((part) => typeof part === "string" && !isUnknown(part));
  return isKnown ? `${accountId}/${namespaceId}` : undefined;
}

/** The id that these inputs lead to; undefined while a part is missing or unknown. */
export function knownKeyValueId({ accountId, namespaceId, key }: Properties): string | undefined {
  if ([accountId, namespaceId, key].some((part) => typeof part !== "string" || isUnknown(part))) return undefined;
  return keyValueId({ accountId, namespaceId, key } as KeyAddress);
}
