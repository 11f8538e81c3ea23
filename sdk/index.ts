import "../provider/require-node";

export type {
  GetKeysArgs,
  GetKeysOutputArgs,
  GetKeysResult,
  GetKeyValueArgs,
  GetKeyValueOutputArgs,
  GetKeyValueResult,
  GetKeyValuesArgs,
  GetKeyValuesOutputArgs,
  GetKeyValuesResult,
  GetNamespaceArgs,
  GetNamespaceOutputArgs,
  GetNamespaceResult,
  GetNamespacesArgs,
  GetNamespacesOutputArgs,
  GetNamespacesResult,
  ListedKey,
  NamespaceDetails,
  ReadKeyValue,
} from "./functions";
export {
  getKeys,
  getKeysOutput,
  getKeyValue,
  getKeyValueOutput,
  getKeyValues,
  getKeyValuesOutput,
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
  KeyValueSetFileMetadata,
  KeyValueSetFileMetadataArgs,
  NamespaceArgs,
} from "./resources";
export { KeyValue, KeyValueSet, Namespace } from "./resources";
