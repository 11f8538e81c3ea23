import "../provider/require-node";

export type { KeyValueArgs, NamespaceArgs } from "./resources";
export { KeyValue, Namespace } from "./resources";
