import { isUnauthorized, withRemedy } from "../../kv/error";
import type { CallContext } from "../../session/context";
import type { Around } from "./wrap";

const savedCredentialRemedy =
  "Refresh and destroy use the credential of the configuration that the last `pulumi up` saved in the state: " +
  "if it was replaced since, run `pulumi up` first, or add --run-program";

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
