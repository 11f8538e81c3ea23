import { type Dispatcher, EnvHttpProxyAgent, errors, type FormData } from "undici";
import type { Clock } from "./clock";
import { type ApiError, CancelledError, CloudflareError, codes, describeErrors } from "./error";

/** How requests are signed: an API token, or the older pair of e-mail address and global API key. */
export type Credential = { readonly apiToken: string } | { readonly apiKey: string; readonly email: string };

export interface TransportOptions {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly credential: Credential;
  readonly userAgent: string;
  /** Requests in flight at once. */
  readonly maxConcurrency: number;
  /** From the first byte sent to the last received, each attempt for itself. */
  readonly requestTimeoutMs: number;
  /** Requests sent in any five minutes; more of them wait. */
  readonly requestsPerFiveMinutes: number;
  readonly clock: Clock;
}

export interface Request {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Below the base URL, percent-encoded. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: Buffer | FormData;
  /** False where a second request would do a second thing. */
  readonly idempotent: boolean;
  /** True where a success is raw bytes, which may look like anything. */
  readonly rawAnswer?: boolean;
  /** An error code that passes by itself, until this unix time in milliseconds. */
  readonly retryCode?: { readonly code: number; readonly untilMs: number };
  readonly signal?: AbortSignal | undefined;
  /** Told what a long wait is for, about once a second. */
  readonly onWait?: ((message: string) => void) | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The parsed body when it is JSON. */
  readonly json: unknown;
}

/** One attempt that did not succeed. */
interface Failure {
  readonly reason: string;
  readonly status?: number;
  readonly errors?: readonly ApiError[];
  /** The request may have reached the API and taken effect. */
  readonly ambiguous: boolean;
  readonly retry: "never" | "once" | "idempotent" | "always";
  readonly retryAfterMs?: number;
}

const maxAttempts = 6;
const firstBackoffMs = 500;
const maxBackoffMs = 8_000;
/** The longest block that the API imposes. */
const maxRetryAfterMs = 300_000;
const windowMs = 300_000;
/** Larger than any answer of this API. */
const maxResponseBytes = 64 * 1024 * 1024;

/**
 * Owns the connections, the retries and the rate of one credential.
 *
 * @see https://developers.cloudflare.com/fundamentals/api/reference/limits/
 */
export class Transport {
  readonly #origin: string;
  readonly #prefix: string;
  readonly #dispatcher: Dispatcher;
  readonly #options: TransportOptions;
  readonly #sentAt: number[] = [];
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;

  constructor(options: TransportOptions) {
    const url = new URL(options.baseUrl);
    this.#options = options;
    this.#origin = url.origin;
    this.#prefix = url.pathname.replace(/\/$/, "");
    this.#dispatcher = new EnvHttpProxyAgent({
      connections: options.maxConcurrency,
      maxResponseSize: maxResponseBytes,
      // The timeout of the whole attempt is ours; these two would end a slow upload early.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Sends until the API accepts, or until nothing more may be tried. */
  async send(request: Request): Promise<Answer> {
    const startedAt = this.#options.clock.now();
    let ambiguous = false;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(request, ambiguous);
      if (!("reason" in outcome)) return outcome;
      ambiguous ||= outcome.ambiguous;
      const waitMs = this.#waitBefore(attempt, request, outcome);
      if (waitMs === undefined) {
        throw this.#error(request, outcome, attempt, this.#options.clock.now() - startedAt, ambiguous);
      }
      await this.#wait(request, waitMs, outcome.reason, ambiguous);
    }
  }

  close(): Promise<void> {
    return this.#dispatcher.destroy();
  }

  async #attempt(request: Request, ambiguousBefore: boolean): Promise<Answer | Failure> {
    throwIfCancelled(request, ambiguousBefore);
    await this.#enter(request);
    try {
      const answer = await this.#exchange(request);
      return failureOf(answer, request, this.#options.clock.now()) ?? answer;
    } catch (error) {
      throwIfCancelled(request, ambiguousBefore || request.method !== "GET");
      return failureWithoutAnswer(error, this.#options.requestTimeoutMs);
    } finally {
      this.#leave();
    }
  }

  async #exchange(request: Request): Promise<Answer> {
    const timeout = AbortSignal.timeout(this.#options.requestTimeoutMs);
    const response = await this.#dispatcher.request({
      origin: this.#origin,
      // Not through URL: it would resolve the key ".." and address the namespace instead.
      path: this.#prefix + request.path,
      method: request.method,
      headers: this.#headers(request),
      body: request.body ?? null,
      signal: request.signal ? AbortSignal.any([request.signal, timeout]) : timeout,
    });
    const body = Buffer.from(await response.body.arrayBuffer());
    const type = String(response.headers["content-type"] ?? "");
    const json = type.includes("json") ? parseJson(body) : undefined;
    return { status: response.statusCode, headers: response.headers, body, json };
  }

  #headers(request: Request): Record<string, string> {
    const { credential, userAgent } = this.#options;
    return {
      "user-agent": userAgent,
      accept: "application/json, application/octet-stream",
      ...("apiToken" in credential
        ? { authorization: `Bearer ${credential.apiToken}` }
        : { "x-auth-email": credential.email, "x-auth-key": credential.apiKey }),
      ...(request.contentType ? { "content-type": request.contentType } : {}),
    };
  }

  /** Waits for a free place, then for the rate. */
  async #enter(request: Request): Promise<void> {
    if (this.#inFlight >= this.#options.maxConcurrency) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#inFlight++;
    }
    try {
      await this.#keepRate(request);
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /** Hands the place to the next in line, if there is one. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) {
      next();
    } else {
      this.#inFlight--;
    }
  }

  async #keepRate(request: Request): Promise<void> {
    const { clock, requestsPerFiveMinutes } = this.#options;
    for (;;) {
      while (this.#sentAt[0] !== undefined && this.#sentAt[0] <= clock.now() - windowMs) this.#sentAt.shift();
      const oldest = this.#sentAt[0];
      if (oldest === undefined || this.#sentAt.length < requestsPerFiveMinutes) break;
      const reason = `${requestsPerFiveMinutes} requests sent within five minutes (requestsPerFiveMinutes)`;
      await this.#wait(request, oldest + windowMs - clock.now(), reason, false);
    }
    this.#sentAt.push(clock.now());
  }

  #waitBefore(attempt: number, request: Request, failure: Failure): number | undefined {
    const allowed = {
      never: false,
      once: attempt === 1,
      idempotent: request.idempotent && attempt < maxAttempts,
      always: attempt < maxAttempts,
    }[failure.retry];
    if (!allowed) return undefined;
    if (failure.retryAfterMs === undefined) return backoffMs(attempt, this.#options.clock.random());
    return failure.retryAfterMs <= maxRetryAfterMs ? failure.retryAfterMs : undefined;
  }

  async #wait(request: Request, ms: number, reason: string, ambiguous: boolean): Promise<void> {
    const { clock } = this.#options;
    const until = clock.now() + ms;
    try {
      for (let left = ms; left > 0; left = until - clock.now()) {
        if (ms >= 1000) request.onWait?.(`${reason}; continuing in ${Math.ceil(left / 1000)} s`);
        await clock.sleep(Math.min(left, 1000), request.signal);
      }
    } finally {
      throwIfCancelled(request, ambiguous);
    }
  }

  #error(request: Request, failure: Failure, attempts: number, tookMs: number, ambiguous: boolean): CloudflareError {
    const where = failure.status === undefined ? ` at ${this.#origin}` : "";
    const tried = attempts > 1 ? ` (tried ${attempts} times in ${Math.round(tookMs / 1000)} s)` : "";
    return new CloudflareError(`${request.method} ${pathOnly(request)}${where} failed${tried}: ${failure.reason}`, {
      ...(failure.status === undefined ? {} : { status: failure.status }),
      ...(failure.errors ? { errors: failure.errors } : {}),
      ambiguous: ambiguous && request.method !== "GET",
    });
  }
}

function throwIfCancelled(request: Request, ambiguous: boolean): void {
  if (!request.signal?.aborted) return;
  const why = request.signal.reason instanceof Error ? request.signal.reason.message : "the operation was cancelled";
  throw new CancelledError(`${request.method} ${pathOnly(request)} was given up: ${why}`, ambiguous);
}

function pathOnly(request: Request): string {
  return request.path.split("?")[0] ?? "";
}

/** Judges an answer; undefined means that it is a success. */
function failureOf(answer: Answer, request: Request, nowMs: number): Failure | undefined {
  const errors = apiErrors(answer.json);
  const limited = errors.some(({ code }) => codes.rateLimited.includes(code));
  const accepted = answer.status >= 200 && answer.status < 300;
  // Where there is an envelope, it decides: a code 971 was seen under status 200.
  if (accepted && (request.rawAnswer || (answer.json !== undefined && !limited && !saysFailure(answer.json))))
    return undefined;
  const has = (code: number) => errors.some((error) => error.code === code);
  return {
    reason: reasonOf(answer, errors),
    status: answer.status,
    errors,
    ambiguous: (accepted && errors.length === 0) || answer.status >= 500 || answer.status === 408,
    retry: accepted && errors.length === 0 ? "idempotent" : retryOf(answer.status, limited, has, request, nowMs),
    ...retryAfterOf(answer, nowMs),
  };
}

function retryOf(
  status: number,
  limited: boolean,
  has: (code: number) => boolean,
  { retryCode }: Request,
  nowMs: number,
): Failure["retry"] {
  if (has(codes.freeLimitReached)) return "never";
  // Refused before it was looked at: safe to repeat whatever it was.
  if (limited || status === 429) return "always";
  if (has(codes.authentication)) return "once";
  if (retryCode && has(retryCode.code) && nowMs < retryCode.untilMs) return "always";
  return status === 408 || status >= 500 || has(codes.temporarilyUnavailable) ? "idempotent" : "never";
}

function reasonOf(answer: Answer, errors: readonly ApiError[]): string {
  const status = `status ${answer.status}`;
  const isRefused =
    answer.status === 401 || answer.status === 403 || errors.some(({ code }) => code === codes.authentication);
  const remedy = isRefused ? '; check the API token, and that it has the permission "Workers KV Storage Write"' : "";
  if (errors.length > 0) return `${status}: ${describeErrors(errors)}${remedy}`;
  if (answer.status >= 300 && answer.status < 400) return `${status}: redirects are not followed; check baseUrl`;
  if (answer.status < 300) return `${status}, but the answer is not the API's; check baseUrl`;
  return `${status}, and no reason in the answer${remedy}`;
}

function retryAfterOf(answer: Answer, nowMs: number): { retryAfterMs?: number } {
  const header = answer.headers["retry-after"];
  if (typeof header !== "string") return {};
  const seconds = /^\d+(\.\d+)?$/.test(header) ? Number(header) : (Date.parse(header) - nowMs) / 1000;
  return Number.isFinite(seconds) ? { retryAfterMs: Math.max(0, seconds * 1000) } : {};
}

/** Failures before anything can have been sent: repeating them cannot do a thing twice. */
const neverSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);
const permanent = new Set([
  "ENOTFOUND",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_HAS_EXPIRED",
  "SELF_SIGNED_CERT_IN_CHAIN",
]);

function failureWithoutAnswer(error: unknown, timeoutMs: number): Failure {
  const code = networkCode(error);
  const timedOut = error instanceof DOMException && error.name === "TimeoutError";
  const reason = timedOut ? `no answer within ${timeoutMs / 1000} s (requestTimeout)` : `no answer: ${describe(error)}`;
  if (permanent.has(code)) return { reason, ambiguous: false, retry: "never" };
  if (neverSent.has(code)) return { reason, ambiguous: false, retry: "always" };
  return { reason, ambiguous: true, retry: "idempotent" };
}

function networkCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The texts of undici and of the system name addresses and sizes, never a body or a header. */
function describe(error: unknown): string {
  if (error instanceof errors.InvalidArgumentError) return "the request could not be sent";
  return error instanceof Error ? error.message || networkCode(error) : "unknown reason";
}

function backoffMs(attempt: number, random: number): number {
  return Math.min(firstBackoffMs * 2 ** (attempt - 1), maxBackoffMs) * (1 - random / 4);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function saysFailure(json: unknown): boolean {
  return isRecord(json) && json.success === false;
}

function apiErrors(json: unknown): ApiError[] {
  if (!isRecord(json) || !Array.isArray(json.errors)) return [];
  return json.errors.filter(isRecord).map(({ code, message }) => ({
    code: typeof code === "number" ? code : 0,
    message: typeof message === "string" ? message : "",
  }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
