export type {
  KeyValueArgs,
  KeyValueSetArgs,
  KeyValueSetEntry,
  KeyValueSetEntryArgs,
  NamespaceArgs,
} from "./resources";
export { KeyValue, KeyValueSet, Namespace } from "./resources";
