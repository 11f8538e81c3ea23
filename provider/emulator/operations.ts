import type { Answer } from "./answer";
import { deleteBulk, getBulk, putBulk } from "./bulk";
import type { Call } from "./call";
import { listKeys } from "./keys";
import type { Limits } from "./limits";
import { createNamespace, deleteNamespace, getNamespace, listNamespaces, renameNamespace } from "./namespaces";
import type { Operation } from "./route";
import { deleteValue, getMetadata, getValue, putValue } from "./values";

/** How an operation is carried out, and how the API calls it in its error texts. */
export interface OperationDefinition {
  prefix: string;
  answer(call: Call): Answer;
  /** The longest body that is read; the limit on JSON bodies by default. */
  maxBodyBytes?(limits: Limits): number;
}

/** Room for the boundaries and headers of a form beside its value and metadata. */
const formFramingBytes = 65_536;

const bulkBytes = (limits: Limits) => limits.maxBulkBytes;

export const operations: Readonly<Record<Operation, OperationDefinition>> = {
  "namespaces.list": { prefix: "list namespaces", answer: listNamespaces },
  "namespaces.create": { prefix: "create namespace", answer: createNamespace },
  "namespaces.get": { prefix: "get namespace", answer: getNamespace },
  "namespaces.rename": { prefix: "rename namespace", answer: renameNamespace },
  "namespaces.delete": { prefix: "remove namespace", answer: deleteNamespace },
  "keys.list": { prefix: "list keys", answer: listKeys },
  "values.get": { prefix: "get", answer: getValue },
  "values.put": {
    prefix: "put",
    answer: putValue,
    maxBodyBytes: (limits) => limits.maxValueBytes + limits.maxMetadataBytes + formFramingBytes,
  },
  "values.delete": { prefix: "remove key", answer: deleteValue },
  "metadata.get": { prefix: "metadata", answer: getMetadata },
  "bulk.put": { prefix: "bulk put", answer: putBulk, maxBodyBytes: bulkBytes },
  "bulk.delete": { prefix: "bulk remove keys", answer: deleteBulk, maxBodyBytes: bulkBytes },
  "bulk.get": { prefix: "bulk get keys", answer: getBulk },
};
