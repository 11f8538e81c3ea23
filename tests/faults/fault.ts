import type { FaultAction } from "../../provider/emulator/fault";
import type { Operation as Request } from "../../provider/emulator/route";

/** What goes wrong between the provider and the API. */
export interface Fault {
  readonly name: string;
  readonly kind:
    | {
        readonly action: FaultAction;
        /** Real ones: what needs them is run once only. */
        readonly requestTimeoutSeconds?: number;
        /** The requests that it can spoil; without, all. */
        readonly only?: readonly Request[];
      }
    /** Nobody listens. */
    | "refused"
    /** So much later is it at the API than here. */
    | { readonly clockAheadMs: number };
}

const timeout = { requestTimeoutSeconds: 1 };
const fiveMinutesMs = 300_000;

const only = (...requests: readonly Request[]) => ({ only: requests });
const bulkWrites = only("bulk.put", "bulk.delete");
const reads = only("values.get", "metadata.get", "bulk.get", "keys.list");
const lists = only("keys.list");
/** Only a new namespace is not found, by what is written at once. */
const firstWrites = only("values.put", "bulk.put");

const fault = (name: string, action: FaultAction, more = {}): Fault => ({ name, kind: { action, ...more } });

const withEnvelope = [400, 401, 403, 404, 405, 408, 409, 413, 429, 500, 502, 503, 504];
const withPage = [403, 413, 429, 502, 503, 520, 521, 522, 523, 524, 530];
const statuses = [
  ...withEnvelope.map((status) => fault(`${status}`, { status })),
  ...withPage.map((status) => fault(`${status} as HTML`, { status, body: "html" })),
  ...[502, 504, 524].map((status) => fault(`${status} too late`, { status, when: "after" })),
];

export const faults: readonly Fault[] = [
  ...statuses,
  fault("429 with `retry-after`", { status: 429, retryAfter: 300 }),
  fault("code 971 under 200", { type: "code971" }),
  fault("reset before the request", { type: "drop", when: "before" }),
  fault("reset after the request", { type: "drop", when: "after" }),
  { name: "connection refused", kind: "refused" },
  fault("no answer in time", { type: "delay", ms: 30_000 }, timeout),
  fault("slow trickle", { type: "trickle", msPerByte: 1 }),
  fault("trickle that takes too long", { type: "trickle", msPerByte: 30_000 }, timeout),
  fault("truncated body", { type: "truncate" }),
  fault("wrong content type", { type: "contentType", value: "text/html" }),
  fault("`result: null`", { type: "resultNull" }),
  fault("all keys in `unsuccessful_keys`", { type: "unsuccessful", fraction: 1 }, bulkWrites),
  fault("10013 (namespace not found)", { type: "namespaceNotFound" }, firstWrites),
  fault("stale reads", { type: "stale" }, reads),
  fault("negatively cached reads", { type: "negative" }, reads),
  fault("empty pages", { type: "emptyPage" }, lists),
  { name: "the API's clock five minutes ahead", kind: { clockAheadMs: fiveMinutesMs } },
  { name: "the API's clock five minutes behind", kind: { clockAheadMs: -fiveMinutesMs } },
];

/** Those that take real time, those whose page makes no difference in the end, and clocks, which are always wrong. */
export function isOnceOnly({ kind }: Fault): boolean {
  if (kind === "refused") return false;
  if ("clockAheadMs" in kind) return true;
  return kind.requestTimeoutSeconds !== undefined || ("body" in kind.action && kind.action.body === "html");
}
