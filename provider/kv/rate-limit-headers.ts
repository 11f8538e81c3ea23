import type { Answer } from "./request";

/** What the API says is left of a credential's rate, over all the tools that use it. */
export interface RemainingRequests {
  /** Requests that may still be sent before the reset. */
  readonly left: number;
  /** Requests in a whole window, where the API says it. */
  readonly quota: number | undefined;
  readonly resetMs: number;
}

/**
 * Reads `Ratelimit: "default";r=50;t=30` and `Ratelimit-Policy: "burst";q=100;w=60`; of several the tightest.
 *
 * @see https://developers.cloudflare.com/fundamentals/api/reference/limits/
 */
export function remainingRequestsOf(headers: Answer["headers"]): RemainingRequests | undefined {
  const [tightest] = itemsOf(headers.ratelimit)
    .map((item) => ({ left: parameter(item, "r"), seconds: parameter(item, "t") }))
    .filter(({ left, seconds }) => left !== undefined && seconds !== undefined)
    .sort((a, b) => Number(a.left) - Number(b.left));
  if (!tightest) return undefined;
  const quotas = itemsOf(headers["ratelimit-policy"]).map((item) => parameter(item, "q") ?? Infinity);
  const quota = Math.min(...quotas);
  return {
    left: Number(tightest.left),
    quota: Number.isFinite(quota) ? quota : undefined,
    resetMs: Number(tightest.seconds) * 1000,
  };
}

function itemsOf(header: string | string[] | undefined): string[] {
  return [header ?? []].flat().flatMap((text) => text.split(","));
}

function parameter(item: string, name: string): number | undefined {
  const [, digits] = new RegExp(`;\\s*${name}=(\\d{1,9})(?:\\s*(?:;|$))`).exec(item) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
