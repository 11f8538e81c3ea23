import type { CallOptions } from "../kv/client";
import type { Call } from "../pulumi/resource-provider";

/** What a request needs of the call that it is made for. */
export function callOptions({ signal, log, hidesKeys = false }: Call): CallOptions {
  return { signal, onWait: log.status, hidesKeys };
}
