import type { Call } from "../../pulumi/resource-provider";
import type { ResourceSchema } from "../../pulumi/schema";
import type { CallContext } from "../../session/context";
import type { ProviderSession } from "../../session/session";
import type { Around } from "./wrap";

/** Gives each call what it may look at, as it is when the call begins. */
export function withContext(session: ProviderSession): Around<Call, CallContext> {
  return (_operation, args, next) => session.during(args.context, (context) => next({ ...args, context }));
}

/** Tells each call whether names of keys are secret: then none of its texts has them. */
export function withHiddenKeys({ hidesKeys = () => false }: ResourceSchema): Around<Call> {
  return (_operation, args, next) => {
    const { context } = args;
    const { secrets } = context;
    return next(secrets ? { ...args, context: { ...context, hidesKeys: hidesKeys(secrets) } } : args);
  };
}

/** Each call knows what the other processes of the run have declared so far, and its checks are announced to them. */
export const withSharedClaims: Around<CallContext> = (operation, args, next) => {
  if (operation === "read") return next(args);
  const { urn, preview, log, clock, run } = args.context;
  const { claims } = run;
  claims.sync();
  const problem = claims.takeProblem();
  if (problem !== undefined) log.warning(problem);
  if (operation === "check") return claims.whileChecking(urn, clock, () => next(args));
  if (operation !== "diff" && !preview) claims.tellUpdate();
  return next(args);
};
