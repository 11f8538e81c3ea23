import type { IncomingHttpHeaders } from "node:http";
import { type ApiError, refusal } from "./api-error";
import { choices } from "./choices";

/** An account's e-mail address and its API key. */
export interface ApiKey {
  email: string;
  key: string;
}

/** Who may call. Without any token or key set, every credential that is not empty may. */
export class Credentials {
  #tokens?: string[];
  readonly #apiKeys?: ApiKey[];

  constructor(tokens?: string[], apiKeys?: ApiKey[]) {
    this.#tokens = tokens;
    this.#apiKeys = apiKeys;
  }

  setTokens(tokens?: string[]): void {
    this.#tokens = tokens;
  }

  /** What identifies the caller for the rate limit; throws the refusal of a request that may not pass. */
  admit(headers: IncomingHttpHeaders): string {
    const email = headers["x-auth-email"];
    const key = headers["x-auth-key"];
    if (typeof email === "string" && typeof key === "string") return this.#admitKey(email, key);
    if (headers.authorization === undefined) {
      throw refusal(choices.missingCredentials, "Missing X-Auth-Key, X-Auth-Email or Authorization headers", false);
    }
    return this.#admitToken(/^Bearer +(\S+)$/i.exec(headers.authorization)?.[1] ?? "");
  }

  #admitKey(email: string, key: string): string {
    const known = this.#acceptsAll() || this.#apiKeys?.some((pair) => pair.email === email && pair.key === key);
    if (email === "" || key === "" || !known) throw authenticationError();
    return `key ${email}`;
  }

  #admitToken(token: string): string {
    if (token === "" || !(this.#acceptsAll() || this.#tokens?.includes(token))) throw authenticationError();
    return `token ${token}`;
  }

  #acceptsAll(): boolean {
    return this.#tokens === undefined && this.#apiKeys === undefined;
  }
}

function authenticationError(): ApiError {
  return refusal(choices.wrongCredentials, "Authentication error", false);
}
