import { Unable } from "./errors";

/** An account of the API, or of an emulator. */
export interface Target {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly accountId: string;
  readonly token: string;
}

const cloudflare = "https://api.cloudflare.com/client/v4";
const thisMachine = /^(?:localhost|127(?:\.\d{1,3}){3})$/;

/**
 * The target that the environment names.
 *
 * @throws Unable where it names none.
 */
export function targetOf(env: NodeJS.ProcessEnv): Target {
  const { CLOUDFLARE_ACCOUNT_ID: accountId, CLOUDFLARE_API_TOKEN: token } = env;
  if (!accountId || !token) {
    throw new Unable(
      "Set CLOUDFLARE_ACCOUNT_ID to an account's id, and CLOUDFLARE_API_TOKEN to a token of it with the permission " +
        '"Workers KV Storage Write".',
    );
  }
  if (!/^[0-9a-f]{32}$/.test(accountId)) {
    throw new Unable("CLOUDFLARE_ACCOUNT_ID must be 32 digits from 0 to f: the dashboard shows an account's id.");
  }
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Unable("CLOUDFLARE_API_TOKEN must be a token, without white space.");
  return { baseUrl: baseUrlOf(env.CLOUDFLARE_API_BASE_URL || cloudflare), accountId, token };
}

function baseUrlOf(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && thisMachine.test(url.hostname));
  if (isSafe && url.username === "" && url.search === "") return given.replace(/\/+$/, "");
  throw new Unable("CLOUDFLARE_API_BASE_URL must begin with https://, or with http://127.0.0.1 for an emulator.");
}

/** Whether it can be an emulator of ours. */
export function isOnThisMachine({ baseUrl }: Target): boolean {
  return thisMachine.test(new URL(baseUrl).hostname);
}

/** `0123…cdef` */
export function shortened(accountId: string): string {
  return `${accountId.slice(0, 4)}…${accountId.slice(-4)}`;
}
