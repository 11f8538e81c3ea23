import { ApiError } from "./api-error";
import { choices } from "./choices";
import type { RateSetting } from "./limits";

interface Window {
  /** Unix ms. */
  endsAt: number;
  used: number;
}

/** The API's rate limit: too many requests in a window block the credential for a whole window. */
export class RateLimiter {
  readonly #windows = new Map<string, Window>();

  reset(): void {
    this.#windows.clear();
  }

  /** The headers that tell the caller where it stands; throws the 429 when the caller is blocked. */
  pass(credential: string, rate: RateSetting, nowMs: number): Record<string, string> {
    const window = this.#windowOf(credential, rate, nowMs);
    if (window.used === rate.requests) window.endsAt = nowMs + rate.windowSeconds * 1000;
    window.used += 1;
    const seconds = Math.ceil((window.endsAt - nowMs) / 1000);
    const headers = {
      ratelimit: `"default";r=${Math.max(0, rate.requests - window.used)};t=${seconds}`,
      "ratelimit-policy": `"burst";q=${rate.requests};w=${rate.windowSeconds}`,
    };
    if (window.used <= rate.requests) return headers;
    throw tooManyRequests(rate, { ...headers, "retry-after": String(seconds) });
  }

  #windowOf(credential: string, rate: RateSetting, nowMs: number): Window {
    const known = this.#windows.get(credential);
    if (known !== undefined && nowMs < known.endsAt) return known;
    const fresh = { endsAt: nowMs + rate.windowSeconds * 1000, used: 0 };
    this.#windows.set(credential, fresh);
    return fresh;
  }
}

function tooManyRequests({ requests, windowSeconds }: RateSetting, headers: Record<string, string>): ApiError {
  const { status, code } = choices.rateExceeded;
  const reason =
    `More than ${requests} requests per ${windowSeconds} seconds reached. ` +
    "Please wait and consider throttling your request speed";
  return new ApiError(status, code, reason, false, headers);
}
