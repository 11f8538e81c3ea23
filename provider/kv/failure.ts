import { errors } from "undici";
import { type ApiError, codes, describeErrors, type Excess, oneLine } from "./error";
import type { Answer, Request } from "./request";

/** One attempt that did not succeed. */
export interface Failure {
  readonly reason: string;
  /** What to look at first: words to follow the reason. */
  readonly advice: string | undefined;
  readonly status?: number;
  readonly errors?: readonly ApiError[];
  /** The request may have reached the API and taken effect. */
  readonly ambiguous: boolean;
  /** "idempotent": where a second request does no second thing. */
  readonly retry: "never" | "once" | "idempotent" | "always";
  /** Less at once may succeed. */
  readonly excess: Excess | undefined;
  /** How long the server asks to wait. */
  readonly retryAfterMs?: number;
  /** What the network has thrown. */
  readonly cause?: unknown;
  /** The whole credential is refused for a while, not just this request. */
  readonly limited: boolean;
}

/** Makes what a server says fit to be shown. */
type Words = (message: string) => string;

/** A host has 253 characters at most. */
const maxOriginLength = 270;
/** Of a page in the documentation. */
const maxUrlLength = 200;

/** Of the server, of a gateway, of the edge. */
const timeouts = new Set([408, 504, 524]);

/**
 * The failure that an answer is; undefined means that it is a success. A redirect never is, not even one to the same
 * origin: the API sends none, and the credential would go wherever the answer says.
 */
export function failureOf(answer: Answer, request: Request, nowMs: number, words: Words): Failure | undefined {
  const errors = apiErrors(answer.json, words);
  const has = (code: number) => errors.some((error) => error.code === code);
  const limited = codes.rateLimited.some(has);
  const accepted = answer.status >= 200 && answer.status < 300;
  // Where there is an envelope, it decides: a code 971 was seen under status 200.
  const isDenied = limited || saysFailure(answer.json);
  if (accepted && !isDenied && (request.rawAnswer || answer.json !== undefined)) return undefined;
  const isRefused = answer.status === 401 || answer.status === 403 || has(codes.authentication);
  // Whoever answered without the API's words may have passed the request on.
  const isUnclear = accepted ? errors.length === 0 : isServersFault(answer.status, has);
  const excess = limited ? undefined : excessOf(answer.status);
  return {
    reason: reasonOf(answer, errors, words),
    advice: isRefused ? credentialAdvice : adviceOf(answer.status, errors, limited),
    status: answer.status,
    errors,
    ambiguous: isUnclear && !limited,
    retry: excess && request.divisible ? "never" : retryOf(answer.status, limited, isUnclear, has, request, nowMs),
    limited,
    excess,
    ...retryAfterOf(answer, nowMs),
  };
}

function excessOf(status: number): Excess | undefined {
  if (status === 413) return "size";
  return timeouts.has(status) ? "time" : undefined;
}

function isServersFault(status: number, has: (code: number) => boolean): boolean {
  return status === 408 || status >= 500 || has(codes.temporarilyUnavailable);
}

function retryOf(
  status: number,
  limited: boolean,
  isUnclear: boolean,
  has: (code: number) => boolean,
  { retryCode }: Request,
  nowMs: number,
): Failure["retry"] {
  if (has(codes.freeLimitReached)) return "never";
  // Refused before it was looked at: safe to repeat whatever it was.
  if (limited || status === 429) return "always";
  if (has(codes.authentication)) return "once";
  if (retryCode && has(retryCode.code) && nowMs < retryCode.untilMs) return "always";
  return isUnclear ? "idempotent" : "never";
}

function reasonOf(answer: Answer, errors: readonly ApiError[], words: Words): string {
  const { status: code } = answer;
  const status = `status ${code}`;
  if (isRedirect(code)) return `${status}: ${words(redirectOf(answer))}redirects are not followed`;
  const isSuccess = code < 300;
  if (errors.length > 0) return `${status}${isSuccess ? " and an error" : ""}: ${describeErrors(errors)}`;
  return isSuccess ? `${status}, but the answer is not the API's` : `${status}, and no reason in the answer`;
}

const credentialAdvice = 'check the API token, and that it has the permission "Workers KV Storage Write"';

function adviceOf(status: number, errors: readonly ApiError[], limited: boolean): string | undefined {
  const isNoRoute = errors.every(({ code }) => code === codes.unknownRoute);
  if (errors.some(({ code }) => code === codes.freeLimitReached))
    return "wait for the next day (UTC), or change the plan";
  if (limited || status === 429) return "others may use up the same limit: wait five minutes, or run less at once";
  if (status === 404 && isNoRoute) return "check accountId, namespaceId and baseUrl";
  if (status === 413) return "the server, or a proxy before it, takes no request of this size";
  const isNotTheApi = isRedirect(status) || status === 405 || (status < 300 && errors.length === 0);
  return isNotTheApi ? "check baseUrl" : undefined;
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/** Without path and query, which may say anything. */
function redirectOf({ origin, headers: { location } }: Answer): string {
  const url = typeof location === "string" ? URL.parse(location, origin) : null;
  const target = url?.origin ?? "null";
  if (target === "null" || target.length > maxOriginLength) return "";
  return target === origin ? `${origin} redirects to itself; ` : `${origin} redirects to ${target}; `;
}

function retryAfterOf(answer: Answer, nowMs: number): { retryAfterMs?: number } {
  const header = answer.headers["retry-after"];
  if (typeof header !== "string") return {};
  const isNumber = /^\d+(\.\d+)?$/.test(header);
  // Date.parse() finds a date in "-1".
  if (!isNumber && !/^[A-Z][a-z]+, /.test(header)) return {};
  const seconds = isNumber ? Number(header) : (Date.parse(header) - nowMs) / 1000;
  return Number.isFinite(seconds) ? { retryAfterMs: Math.max(0, seconds * 1000) } : {};
}

/** Failures before anything was sent: repeating them cannot do a thing twice. */
const neverSent = new Set(["ECONNREFUSED", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);

/** The same, where trying again is of no use. */
const permanent = new Set([
  "ENOTFOUND",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_SSL_WRONG_VERSION_NUMBER",
]);

/** The failure of an attempt that brought no answer. */
export function failureWithoutAnswer(error: unknown, { divisible }: Request, timeoutMs: number): Failure {
  const code = networkCode(error);
  const timedOut = error instanceof DOMException && error.name === "TimeoutError";
  const reason = timedOut ? `no answer within ${timeoutMs / 1000} s (requestTimeout)` : `no answer: ${describe(error)}`;
  const isUnreachable = neverSent.has(code) || permanent.has(code);
  const advice = isUnreachable ? "check the network, and baseUrl" : undefined;
  const failure = { reason, advice, cause: error, limited: false, excess: timedOut ? ("time" as const) : undefined };
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return { ...failure, ambiguous: true, retry: "never", excess: "size" };
  if (code === "UND_ERR_HEADERS_OVERFLOW") return { ...failure, ambiguous: true, retry: "never" };
  if (permanent.has(code)) return { ...failure, ambiguous: false, retry: "never" };
  if (neverSent.has(code)) return { ...failure, ambiguous: false, retry: "always" };
  return { ...failure, ambiguous: true, retry: timedOut && divisible ? "never" : "idempotent" };
}

function networkCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The texts of undici and of the system name addresses, certificates and sizes, never a body or a header. */
function describe(error: unknown): string {
  if (error instanceof errors.InvalidArgumentError) return "the request could not be sent";
  return error instanceof Error ? oneLine(error.message || networkCode(error)) : "unknown reason";
}

function saysFailure(json: unknown): boolean {
  return isRecord(json) && json.success === false;
}

function apiErrors(json: unknown, words: Words): ApiError[] {
  if (!isRecord(json) || !Array.isArray(json.errors)) return [];
  return json.errors.filter(isRecord).map(({ code, message, documentation_url: url, source }) => {
    const pointer = isRecord(source) ? source.pointer : undefined;
    return {
      code: typeof code === "number" ? code : 0,
      message: typeof message === "string" ? words(message) : "",
      ...(typeof pointer === "string" && pointer !== "" ? { pointer: words(pointer) } : {}),
      ...(isPage(url) ? { documentationUrl: url } : {}),
    };
  });
}

/** A page of Cloudflare's: whoever else answers leads nobody anywhere. */
function isPage(url: unknown): url is string {
  return (
    typeof url === "string" &&
    url.length <= maxUrlLength &&
    /^https:\/\/([\w-]+\.)*cloudflare\.com\/[\w/#.-]*$/.test(url)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
