import { isUtf8 } from "node:buffer";

/** The 14 operations of the contract; the two forms of bulk delete are told apart by their method. */
export type Operation =
  | "namespaces.list"
  | "namespaces.create"
  | "namespaces.get"
  | "namespaces.rename"
  | "namespaces.delete"
  | "keys.list"
  | "values.get"
  | "values.put"
  | "values.delete"
  | "metadata.get"
  | "bulk.put"
  | "bulk.delete"
  | "bulk.get";

/** Every operation there is. */
export function operationNames(): string[] {
  return [...new Set(Object.values(operations).flatMap((methods) => Object.values(methods)))];
}

/** Where a request target leads. */
export interface Route {
  /** Undefined when the method does not fit the path. */
  operation?: Operation;
  account: string;
  namespace?: string;
  /** As stored; undefined when the path names no key, or one that is not UTF-8. */
  key?: string;
  query: URLSearchParams;
}

const path = /^\/client\/v4\/accounts\/([^/]+)\/storage\/kv\/namespaces(?:\/([^/]+)(\/.*)?|\/?)$/;

const operations: Record<string, Record<string, Operation>> = {
  namespaces: { GET: "namespaces.list", POST: "namespaces.create" },
  "": { GET: "namespaces.get", PUT: "namespaces.rename", DELETE: "namespaces.delete" },
  "/keys": { GET: "keys.list" },
  "/values": { GET: "values.get", PUT: "values.put", DELETE: "values.delete" },
  "/metadata": { GET: "metadata.get" },
  "/bulk": { PUT: "bulk.put", DELETE: "bulk.delete" },
  "/bulk/delete": { POST: "bulk.delete" },
  "/bulk/get": { POST: "bulk.get" },
};

/** The route of a raw request target, or undefined when no path of the API fits. The target is never normalised. */
export function routeOf(method: string, target: string): Route | undefined {
  const [, beforeQuery = "", query = ""] = /^([^?]*)\??(.*)$/s.exec(target) ?? [];
  const match = path.exec(beforeQuery);
  if (match === null) return undefined;
  const [, account = "", namespace, rest = ""] = match;
  const [resource, keyText] = namespace === undefined ? ["namespaces"] : splitKey(rest);
  const methods = operations[resource];
  if (methods === undefined) return undefined;
  return {
    operation: keyText === "" ? undefined : methods[method],
    account,
    namespace,
    key: keyText ? decodeKey(keyText) : undefined,
    query: new URLSearchParams(query),
  };
}

/** The resource's path and, where one belongs there, the text of the key, without the slashes before it. */
function splitKey(rest: string): [resource: string, key?: string] {
  const match = /^(\/values|\/metadata)(?:\/+(.*))?$/.exec(rest);
  if (match === null) return [rest.replace(/\/$/, "")];
  return [match[1] ?? "", match[2] ?? ""];
}

function decodeKey(text: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined;
  const bytes = Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
  return isUtf8(bytes) ? bytes.toString() : undefined;
}
