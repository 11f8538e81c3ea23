/** One request as it came and how it went. Requests to the control resource are not logged. */
export interface LoggedRequest {
  method: string;
  /** The raw request target, with its query. */
  path: string;
  /** For example `values.put`; `unknown` when no operation fits. */
  operation: string;
  /** 0 when the connection was dropped before an answer. */
  status: number;
  account?: string;
  namespace?: string;
  /** Decoded. */
  key?: string;
  /** The keys a bulk request names. */
  keys?: string[];
  /** Pairs that were accepted. */
  writes: number;
  /** Keys that a delete addressed. */
  deletes: number;
  bodyBytes: number;
  userAgent?: string;
  /** When the request came, by the emulator's clock, in unix ms. */
  at: number;
}
