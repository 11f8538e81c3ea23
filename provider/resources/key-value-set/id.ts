import { keyPrefixProblem } from "../../kv/entry";
import { InputError } from "../../pulumi/errors";
import type { Properties } from "../../pulumi/resource-provider";
import { isAbsent, isUnknown } from "../../pulumi/validate";
import type { KeyRange } from "../../session/claims";
import { idForm, keyValueId, shortIdHint } from "../key-value/id";

/** Where the keys of a set are. */
export interface SetAddress {
  readonly accountId: string;
  readonly namespaceId: string;
  /** Empty where the set has none. */
  readonly keyPrefix: string;
}

/** `<accountId>/<namespaceId>/<keyPrefix>*` */
export function setId({ accountId, namespaceId, keyPrefix }: SetAddress): string {
  return `${accountId}/${namespaceId}/${keyPrefix}*`;
}

/** Where an account is given, the id may be without one: `<namespaceId>/<keyPrefix>*`. */
export function parseSetId(id: string, configuredAccountId?: string): SetAddress {
  const { account: accountId = configuredAccountId, namespace, short, rest } = idForm.exec(id)?.groups ?? {};
  const namespaceId = namespace ?? short;
  const keyPrefix = rest?.endsWith("*") ? rest.slice(0, -1) : undefined;
  if (!accountId || !namespaceId || keyPrefix === undefined) {
    throw new InputError(
      `Invalid key-value-set id "${id}": expected <accountId>/<namespaceId>/<keyPrefix>*, each of the first two 32 lowercase hexadecimal digits, the prefix possibly empty, and a star at the end; ${shortIdHint}`,
    );
  }
  const problem = keyPrefixProblem(keyPrefix);
  if (problem) throw new InputError(`Invalid key-value-set id "${id}": the prefix ${problem}`);
  return { accountId, namespaceId, keyPrefix };
}

/** The address that these inputs lead to; undefined while a part is missing or unknown. */
export function knownSetAddress({ accountId, namespaceId, keyPrefix }: Properties): SetAddress | undefined {
  const prefix = isAbsent(keyPrefix) ? "" : keyPrefix;
  const isKnown = [accountId, namespaceId, prefix].every((part) => typeof part === "string" && !isUnknown(part));
  return isKnown ? ({ accountId, namespaceId, keyPrefix: prefix } as SetAddress) : undefined;
}

/** Keys of the set, as they are claimed. */
export function rangeOf({ accountId, namespaceId, keyPrefix }: SetAddress, keys: KeyRange["keys"]): KeyRange {
  return { namespace: `${accountId}/${namespaceId}`, prefix: keyPrefix, keys };
}

/** The id of one of its keys. */
export function keyIdOf(address: SetAddress, key: string): string {
  return keyValueId({ ...address, key });
}
