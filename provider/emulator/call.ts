import { ApiError, namespaceNotFound } from "./api-error";
import type { ReceivedBody } from "./body";
import type { Fault, FaultAction } from "./fault";
import type { Limits } from "./limits";
import type { Namespace } from "./namespace-table";
import type { LoggedRequest } from "./request-log";
import type { Route } from "./route";
import type { Store, View } from "./store";

/** Everything one request brings to its operation. */
export interface Call {
  readonly route: Route;
  readonly contentType: string;
  readonly body: ReceivedBody;
  /** The body of an operation that takes JSON; undefined when it is none. */
  readonly json: unknown;
  readonly limits: Limits;
  readonly store: Store;
  readonly fault?: Fault;
  /** Unix ms. */
  readonly nowMs: number;
  /** Where the operation notes what it wrote and deleted. */
  readonly logged: LoggedRequest;
}

/** The namespace the call is about; refuses an id that is malformed, unknown, or of another account. */
export function namespaceOf(call: Call): Namespace {
  const { namespace: id = "", account } = call.route;
  if (!/^[0-9a-f]{32}$/.test(id)) throw new ApiError(400, 10011, `invalid namespace format: ${id}`, false);
  const namespace = call.store.namespaces.byId(id, account);
  if (namespace === undefined) throw namespaceNotFound();
  const fault = faultOf(call, "namespaceNotFound");
  if (fault !== undefined && call.nowMs - namespace.createdAt < (fault.ms ?? Number.POSITIVE_INFINITY)) {
    throw namespaceNotFound();
  }
  return namespace;
}

/** The moment the call reads at. */
export function viewOf(call: Call): View {
  const stale = faultOf(call, "stale");
  return { nowMs: call.nowMs, staleMs: stale === undefined ? undefined : (stale.ms ?? 60_000) };
}

/** Whether a fault hides this key, or without one all keys, from the call. */
export function isHidden(call: Call, key?: string): boolean {
  const only = call.fault?.match?.key;
  return faultOf(call, "negative") !== undefined && (only === undefined || only === key);
}

/** The call's fault, if it is of this type. */
export function faultOf<T extends FaultAction["type"]>(
  call: Call,
  type: T,
): Extract<FaultAction, { type: T }> | undefined {
  const action = call.fault?.action;
  return action?.type === type ? (action as Extract<FaultAction, { type: T }>) : undefined;
}
