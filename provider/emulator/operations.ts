import type { Answer } from "./answer.js";
import { deleteBulk, getBulk, putBulk } from "./bulk.js";
import type { Call } from "./call.js";
import { listKeys } from "./keys.js";
import type { Limits } from "./limits.js";
import { createNamespace, deleteNamespace, getNamespace, listNamespaces, renameNamespace } from "./namespaces.js";
import type { Operation } from "./route.js";
import { deleteValue, getMetadata, getValue, putValue } from "./values.js";

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
