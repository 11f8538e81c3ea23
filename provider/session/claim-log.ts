import { decodeHashes, encodeHashes } from "./name-hash";

/**
 * What processes of one run tell each other, a line each; `docs/claims.md` describes the form. A reader takes what it
 * understands: members and records that it does not know are a newer version's.
 */
export const form = 1;

export type ClaimRecord =
  /** A check has begun, or has ended. */
  | { readonly kind: "check" | "checked"; readonly urn: string; readonly at: number }
  /** The resource declares these objects: no others, or these too. */
  | { readonly kind: "declare" | "add"; readonly urn: string; readonly keys: ClaimedKeys }
  /** A delete is on its way, has ended, was left out, or its object was written since. */
  | {
      readonly kind: "delete" | "deleted" | "stays" | "kept" | "written";
      readonly at: number;
      readonly ids: Float64Array;
    }
  /** The resource could not be created, or was created after that. */
  | { readonly kind: "failed" | "made"; readonly urn: string }
  /** The operation is no preview: it changes what there is. */
  | { readonly kind: "update" }
  /** The run of this process is over. */
  | { readonly kind: "end"; readonly at: number };

/** Objects by the hashes of their ids. */
export interface ClaimedKeys {
  /** Of the namespace that the keys are in; 0 where the objects are namespaces, or none. */
  readonly namespace: number;
  readonly ids: Float64Array;
  /** True where the resource declares more keys of the namespace, whose names are not known yet. */
  readonly hasUnknown?: boolean;
}

export function header(version: string): string {
  return JSON.stringify({ form, version });
}

export function writeRecord(record: ClaimRecord): string {
  if ("keys" in record) {
    const { kind, urn, keys } = record;
    const unknown = keys.hasUnknown ? { unknown: true } : {};
    return JSON.stringify({ kind, urn, namespace: keys.namespace, ids: encodeHashes(keys.ids), ...unknown });
  }
  return JSON.stringify("ids" in record ? { ...record, ids: encodeHashes(record.ids) } : record);
}

/**
 * Undefined for the header, and for what a newer version has written.
 *
 * @throws Error where the line is no record at all.
 */
export function readRecord(line: string): ClaimRecord | undefined {
  const found: unknown = JSON.parse(line);
  if (typeof found !== "object" || found === null) throw new Error("a line is no record");
  const { kind, urn, at, namespace, ids, unknown } = found as Readonly<Record<string, unknown>>;
  const time = typeof at === "number" ? at : 0;
  switch (kind) {
    case "update":
      return { kind };
    case "end":
      return { kind, at: time };
    case "failed":
    case "made":
      return typeof urn === "string" ? { kind, urn } : undefined;
    case "check":
    case "checked":
      return typeof urn === "string" ? { kind, urn, at: time } : undefined;
    case "declare":
    case "add": {
      const hashes = decodeHashes(ids);
      if (typeof urn !== "string" || hashes === undefined) return undefined;
      const isIn = typeof namespace === "number" ? namespace : 0;
      return { kind, urn, keys: { namespace: isIn, ids: hashes, hasUnknown: unknown === true } };
    }
    case "delete":
    case "deleted":
    case "stays":
    case "kept":
    case "written": {
      const hashes = decodeHashes(ids);
      return hashes && { kind, at: time, ids: hashes };
    }
    default:
      return undefined;
  }
}
