import type { Call } from "../../pulumi/resource-provider";
import type { CallContext } from "../../session/context";
import type { ProviderSession } from "../../session/session";
import type { Around } from "./wrap";

/** Gives each call what it may look at, as it is when the call begins. */
export function withContext(session: ProviderSession): Around<Call, CallContext> {
  return (_operation, args, next) => session.during(args.context, (context) => next({ ...args, context }));
}
