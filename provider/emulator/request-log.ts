/**
 * One request to the API as it came and how it went. Not logged are requests whose body broke off, and those to the
 * control resource.
 */
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
