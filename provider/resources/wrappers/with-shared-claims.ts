import type { CallContext } from "../../session/context";
import type { Around } from "./wrap";

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
