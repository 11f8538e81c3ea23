import type { CallOptions } from "../kv/client";
import type { Clock } from "../kv/clock";
import type { Call } from "../pulumi/resource-provider";
import type { Connection } from "./connection";
import type { Run } from "./run";

/**
 * All that a call may look at beside its arguments. It is frozen: a configuration, a run or an engine that comes while
 * the call is under way is another call's.
 */
export interface CallContext extends Call {
  readonly clock: Clock;
  readonly connection: Connection;
  readonly run: Run;
  /** True in a read of what has failed half-way: only what is uncertain is in question. */
  readonly isUnfinished?: boolean;
}

/** What a request needs of the call that it is made for. */
export function callOptions({ signal, log, hidesKeys = false }: CallContext): CallOptions {
  return { signal, onWait: log.status, hidesKeys };
}
