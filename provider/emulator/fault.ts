/**
 * Faults: what the emulator does wrong on purpose. A list of them is set with `setFaults` or `PUT /__control/faults`;
 * for each request the first fault that matches and is not used up is applied, and no other.
 *
 * ```json
 * [{ "match": { "operation": "bulk.put" }, "times": 2, "action": { "status": 503, "body": "html" } }]
 * ```
 */
export interface Fault {
  /** All given conditions must hold; none given means every request. */
  match?: FaultMatch;
  /** How many requests it spoils: 1 by default; null or -1 is for ever. */
  times?: number | null;
  /** How many matching requests pass first, 0 by default. */
  skip?: number;
  action: FaultAction;
}

/** Which requests a fault is for. */
export interface FaultMatch {
  /** As in the log, for example `values.put`. */
  operation?: string;
  method?: string;
  /** Part of the raw request target, or the source of a regular expression that finds one. */
  path?: string;
  /** The decoded key, or one of the keys of a bulk request; a list has none. */
  key?: string;
  account?: string;
}

/** What goes wrong. Unless it says otherwise, the request takes effect. */
export type FaultAction =
  | StatusFault
  /** The connection is destroyed, before or after the request took effect. */
  | { type: "drop"; when: "before" | "after" }
  /** The request takes effect at once and is answered so much later. */
  | { type: "delay"; ms: number }
  /** The answer's body arrives byte by byte. */
  | { type: "trickle"; msPerByte: number }
  /** The connection is destroyed in the middle of the answer's body. */
  | { type: "truncate" }
  /**
   * These keys of a bulk put or delete, or an evenly spread fraction of them, are left alone and reported, by number only
   * if `unnamed`.
   */
  | { type: "unsuccessful"; keys: string[]; unnamed?: boolean }
  | { type: "unsuccessful"; fraction: number; unnamed?: boolean }
  /** Reads and lists see the version before any write younger than `ms` (default 60,000). */
  | { type: "stale"; ms?: number }
  /** Reads and lists find nothing, as if the miss were cached; a bulk read still finds the keys beside `match.key`. */
  | { type: "negative" }
  /** A list of keys answers an empty page with a cursor, as tombstones make it. */
  | { type: "emptyPage" }
  /** 404 with code 10013, in the namespace's first `ms` or, without, always. The request has no effect. */
  | { type: "namespaceNotFound"; ms?: number }
  /** A successful answer has `result: null`. */
  | { type: "resultNull" }
  /** HTTP 200 with a failure envelope of code 971. The request has no effect. */
  | { type: "code971" }
  /** The answer has this content-type. */
  | { type: "contentType"; value: string };

/** An answer of this status. */
export interface StatusFault {
  type?: "status";
  status: number;
  /** Whether the request takes effect first; `before`, the default, means that it does not. */
  when?: "before" | "after";
  /** `json` (default) is the failure envelope, `html` a page as the edge sends it, anything else is the body itself. */
  body?: string;
  /** In the envelope; defaults to one the API is known to use with the status. */
  code?: number;
  /** In the envelope. */
  message?: string;
  /** Seconds, in the `retry-after` header. */
  retryAfter?: number;
}

/** What a fault's conditions are compared with. */
export interface FaultSubject {
  operation: string;
  method: string;
  path: string;
  account?: string;
  key?: string;
  keys?: string[];
}
