import "../provider/require-node";

export type {
  GetKeysArgs,
  GetKeysOutputArgs,
  GetKeysResult,
  GetKeyValueArgs,
  GetKeyValueOutputArgs,
  GetKeyValueResult,
  GetNamespaceArgs,
  GetNamespaceOutputArgs,
  GetNamespaceResult,
  GetNamespacesArgs,
  GetNamespacesOutputArgs,
  GetNamespacesResult,
  ListedKey,
  NamespaceDetails,
} from "./functions";
export {
  getKeys,
  getKeysOutput,
  getKeyValue,
  getKeyValueOutput,
  getNamespace,
  getNamespaceOutput,
  getNamespaces,
  getNamespacesOutput,
} from "./functions";
export type { FunctionOptions, FunctionOutputOptions } from "./invoke";
export type {
  KeyValueArgs,
  KeyValueSetArgs,
  KeyValueSetEntry,
  KeyValueSetEntryArgs,
  NamespaceArgs,
} from "./resources";
export { KeyValue, KeyValueSet, Namespace } from "./resources";
