import { counted } from "../../provider/resources/key-value-set/format";

/** What is sent, counted as the free plan counts it. */
export interface Traffic {
  /** All of them, of whichever kind. */
  readonly requests: number;
  /** Keys written; each pair of a bulk is one. */
  readonly writes: number;
  /** Keys deleted. */
  readonly deletes: number;
  /** Lists of keys, and of namespaces. */
  readonly lists: number;
  /** Namespaces created. */
  readonly namespaces: number;
}

export const nothing: Traffic = { requests: 0, writes: 0, deletes: 0, lists: 0, namespaces: 0 };

export function sum(parts: readonly Partial<Traffic>[]): Traffic {
  return parts.reduce<Traffic>(
    (total, part) => ({
      requests: total.requests + (part.requests ?? 0),
      writes: total.writes + (part.writes ?? 0),
      deletes: total.deletes + (part.deletes ?? 0),
      lists: total.lists + (part.lists ?? 0),
      namespaces: total.namespaces + (part.namespaces ?? 0),
    }),
    nothing,
  );
}

/** The kinds of which there is more than in another. */
export function kindsAbove(one: Traffic, other: Traffic): string[] {
  return (Object.keys(nothing) as (keyof Traffic)[]).filter((kind) => one[kind] > other[kind]);
}

/** `12 requests, with 3 writes, 1 delete, 2 lists and 1 new namespace` */
export function textOf({ requests, writes, deletes, lists, namespaces }: Traffic): string {
  const kinds = [counted(writes, "write"), counted(deletes, "delete"), counted(lists, "list")];
  return `${counted(requests, "request")}, with ${kinds.join(", ")} and ${counted(namespaces, "new namespace")}`;
}

/** What one request is, whether it is refused or not. */
export function trafficOf(method: string, path: string, body: string | Buffer = ""): Traffic {
  const [, rest] = /\/storage\/kv\/namespaces([^?]*)/.exec(path) ?? [];
  if (rest === undefined) return { ...nothing, requests: 1 };
  const [resource, verb] = rest.replace(/^\/[^/]+\/?/, "").split("/");
  const items = () => itemsIn(body.toString());
  if (rest === "" && method === "POST") return { ...nothing, requests: 1, namespaces: 1 };
  if (rest === "" || resource === "keys") return { ...nothing, requests: 1, lists: 1 };
  if (resource === "bulk" && method === "PUT") return { ...nothing, requests: 1, writes: items() };
  if (resource === "bulk" && verb !== "get") return { ...nothing, requests: 1, deletes: items() };
  if (resource === "values" && method === "PUT") return { ...nothing, requests: 1, writes: 1 };
  if (resource === "values" && method === "DELETE") return { ...nothing, requests: 1, deletes: 1 };
  return { ...nothing, requests: 1 };
}

function itemsIn(json: string): number {
  try {
    const body: unknown = JSON.parse(json);
    return Array.isArray(body) ? body.length : 1;
  } catch {
    return 1;
  }
}
