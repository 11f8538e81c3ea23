import { isUnauthorized, withRemedy } from "../../kv/error";
import type { Session } from "../../session/session";

const savedCredentialRemedy =
  "Refresh and destroy use the credential of the configuration that the last `pulumi up` saved in the state: " +
  "if it was replaced since, run `pulumi up` first, or add --run-program";

/** Refresh and destroy do not ask the configuration: a token that was rotated there since is not what they have. */
export async function withSavedCredential<T>({ config }: Session, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    const isSaved = config.credentialSource === "configuration";
    throw withRemedy(error, isSaved ? savedCredentialRemedy : "The credential is that of the environment");
  }
}
