import type { CallOptions } from "../kv/client";
import type { CallContext } from "../session/context";

/** What a request needs of the call that it is made for. */
export function callOptions({ signal, log, hidesKeys = false }: CallContext): CallOptions {
  return { signal, onWait: log.status, hidesKeys };
}
