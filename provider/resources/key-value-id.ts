import { type KeyAddress, keyProblem } from "../kv/entry";
import { InputError, type Properties } from "./resource";
import { isUnknown } from "./validate";

/** `<accountId>/<namespaceId>/<key>`; the key is last and as it is, whatever it contains. */
export function keyValueId({ accountId, namespaceId, key }: KeyAddress): string {
  return `${accountId}/${namespaceId}/${key}`;
}

export function parseKeyValueId(id: string): KeyAddress {
  const [, accountId, namespaceId, key] = /^([0-9a-f]{32})\/([0-9a-f]{32})\/(.+)$/s.exec(id) ?? [];
  if (accountId === undefined || namespaceId === undefined || key === undefined) {
    throw new InputError(
      `Invalid key-value id "${id}": expected <accountId>/<namespaceId>/<key>, each of the first two 32 lowercase hexadecimal digits`,
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

/** The id that these inputs lead to; undefined while a part is missing or unknown. */
export function knownKeyValueId({ accountId, namespaceId, key }: Properties): string | undefined {
  if ([accountId, namespaceId, key].some((part) => typeof part !== "string" || isUnknown(part))) return undefined;
  return keyValueId({ accountId, namespaceId, key } as KeyAddress);
}
