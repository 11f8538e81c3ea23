import { CancelledError, CloudflareError, isUnauthorized, withParts, withRemedy } from "../../kv/error";
import type { CallContext } from "../../session/context";
import type { Around, Operation } from "./wrap";

const outcomes = {
  plan: "Nothing was changed: run it again",
  create: "Nothing was written: the next `pulumi up` tries again",
  refresh: "The state is as it was: refresh again",
  import: "Nothing was taken into the state: try again",
  update: "Nothing was changed: the next `pulumi up` tries again",
  delete: "It stays in the state: the next `pulumi up`, or `pulumi destroy`, deletes what is left",
} as const;

const savedCredentialRemedy =
  "Refresh and destroy use the credential of the configuration that the last `pulumi up` saved in the state: " +
  "if it was replaced since, run `pulumi up` first, or add --run-program";

/**
 * A failed request says what became of the resource, and what comes next. A write that may have taken effect is told by
 * the resource itself: it knows what that means.
 */
export const withOutcome: Around<CallContext> = async (operation, args, next) => {
  try {
    return await next(args);
  } catch (error) {
    if (!(error instanceof CloudflareError || error instanceof CancelledError)) throw error;
    const isTold = error.ambiguous && (operation === "create" || operation === "update");
    if (isTold) throw error;
    throw withParts(error, { outcome: outcomes[outcomeOf(operation, Object.keys(args.olds).length > 0)] });
  }
};

function outcomeOf(operation: Operation, isInState: boolean): keyof typeof outcomes {
  if (operation === "check" || operation === "diff") return "plan";
  if (operation === "read") return isInState ? "refresh" : "import";
  return operation;
}

/** Refresh and destroy do not ask the configuration: a token that was rotated there since is not what they have. */
export const withSavedCredential: Around<CallContext> = async (operation, args, next) => {
  if (operation !== "read" && operation !== "delete") return next(args);
  try {
    return await next(args);
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    const isSaved = args.context.connection.config.credentialSource === "configuration";
    throw withRemedy(error, isSaved ? savedCredentialRemedy : "The credential is that of the environment");
  }
};
