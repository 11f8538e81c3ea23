import { type Dispatcher, EnvHttpProxyAgent } from "undici";
import { whenAborted } from "./abort";
import type { Clock } from "./clock";
import { CancelledError, CloudflareError } from "./error";
import { type Failure, failureOf, failureWithoutAnswer } from "./failure";
import { isBearable } from "./json-limits";
import type { Limiter } from "./limiter";
import { remainingRequestsOf } from "./rate-limit-headers";
import { redacted } from "./redact";
import { type Answer, type Credential, describeRequest, isWrite, keyIn, type Request } from "./request";

export interface TransportOptions {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly credential: Credential;
  readonly userAgent: string;
  /** From the first byte sent to the last received, each attempt for itself. */
  readonly requestTimeoutMs: number;
  /** Connections at once, at most. */
  readonly maxConcurrency: number;
  /** The credential's: all who use that share it. */
  readonly limiter: Limiter;
  readonly clock: Clock;
}

const maxAttempts = 6;
const firstBackoffMs = 500;
const maxBackoffMs = 8_000;
/** What a write that was given up has left to tell its outcome: the engine waits a second. */
const abortGraceMs = 500;
/** The longest block that the API imposes. */
const maxRetryAfterMs = 300_000;
/** Larger than any answer of this API. */
const maxResponseBytes = 64 * 1024 * 1024;

/**
 * Owns the connections and the retries of one configuration; it heeds the rate of its credential.
 *
 * @see https://developers.cloudflare.com/fundamentals/api/reference/limits/
 */
export class Transport {
  readonly #origin: string;
  readonly #prefix: string;
  readonly #dispatcher: Dispatcher;
  readonly #limiter: Limiter;
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    const url = new URL(options.baseUrl);
    this.#options = options;
    this.#origin = url.origin;
    this.#prefix = url.pathname.replace(/\/$/, "");
    this.#dispatcher = connect(options.maxConcurrency);
    this.#limiter = options.limiter;
  }

  /** How much of the credential's budget of requests is used, from 0 to 1. */
  get usedShare(): number {
    return this.#limiter.usedShare;
  }

  /** Sends until the API accepts, or until nothing more may be tried. */
  async send(request: Request): Promise<Answer> {
    const startedAt = this.#options.clock.now();
    let ambiguous = false;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(request, ambiguous);
      if (!("reason" in outcome)) return outcome;
      ambiguous ||= outcome.ambiguous;
      throwIfCancelled(request, ambiguous);
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
    await this.#limiter.enter((ms, reason) => this.#wait(request, ms, reason, ambiguousBefore));
    try {
      throwIfCancelled(request, ambiguousBefore);
      return this.#outcomeOf(await this.#exchange(request), request);
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      return failureWithoutAnswer(error, request, this.#options.requestTimeoutMs);
    } finally {
      this.#limiter.leave();
    }
  }

  async #exchange(request: Request): Promise<Answer> {
    const grace = startAbortGrace(request);
    const timeout = AbortSignal.timeout(this.#options.requestTimeoutMs);
    const signal = AbortSignal.any([grace.signal, timeout]);
    const { promise: ended, reject: end } = Promise.withResolvers<never>();
    const stop = whenAborted(signal, () => end(signal.reason));
    try {
      // While undici connects it does not heed the signal.
      return await Promise.race([this.#answer(request, signal), ended]);
    } finally {
      stop();
      grace.end();
    }
  }

  async #answer(request: Request, signal: AbortSignal): Promise<Answer> {
    const response = await this.#dispatcher.request({
      origin: this.#origin,
      // Not through URL: it would resolve the key ".." and address the namespace instead.
      path: this.#prefix + request.path,
      method: request.method,
      headers: this.#headers(request),
      body: request.body ?? null,
      signal,
    });
    const body = Buffer.from(await response.body.arrayBuffer());
    const type = String(response.headers["content-type"] ?? "");
    const json = type.includes("json") ? parseJson(body) : undefined;
    return { origin: this.#origin, status: response.statusCode, headers: response.headers, body, json };
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

  #outcomeOf(answer: Answer, request: Request): Answer | Failure {
    const remaining = remainingRequestsOf(answer.headers);
    if (remaining) this.#limiter.observe(remaining);
    const { clock, credential } = this.#options;
    const words = (message: string) => redacted(message, credential, secretsOf(request));
    const failure = failureOf(answer, request, clock.now(), words);
    if (!failure) return answer;
    const { limited, retryAfterMs = 0, reason } = failure;
    if (limited && retryAfterMs <= maxRetryAfterMs) this.#limiter.block(retryAfterMs, reason);
    return failure;
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
    const { status, errors = [], reason, retryAfterMs = 0, excess, cause } = failure;
    const outcome = status === undefined ? `at ${this.#origin} failed: ${reason}` : `failed with ${reason}`;
    const isTooLong = retryAfterMs > maxRetryAfterMs;
    const advice = isTooLong ? `it asks to wait ${Math.ceil(retryAfterMs / 1000)} s, try again then` : failure.advice;
    const tried = attempts > 1 ? ` (tried ${attempts} times in ${Math.round(tookMs / 1000)} s)` : "";
    return new CloudflareError(`${describeRequest(request)} ${outcome}${tried}`, {
      status,
      errors,
      ambiguous: ambiguous && isWrite(request),
      excess,
      advice,
      cause,
    });
  }
}

/** The user's proxy, but never for what is on this machine. */
function connect(connections: number): Dispatcher {
  const { no_proxy: lower, NO_PROXY: upper = "" } = process.env;
  const options = {
    connections,
    noProxy: `${lower ?? upper},localhost,127.0.0.1,::1`,
    maxResponseSize: maxResponseBytes,
    // The timeout of the whole attempt is ours; these two would end a slow upload early.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  try {
    return new EnvHttpProxyAgent(options);
  } catch {
    throw new CloudflareError("HTTPS_PROXY or HTTP_PROXY is not the URL of a proxy, such as http://proxy.example:3128");
  }
}

/** Ends when an answer is of no use any more. */
function startAbortGrace(request: Request): { readonly signal: AbortSignal; end(): void } {
  const grace = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const giveUp = () => {
    timer = setTimeout(() => grace.abort(request.signal?.reason), isWrite(request) ? abortGraceMs : 0);
  };
  const stop = whenAborted(request.signal, giveUp);
  return {
    signal: grace.signal,
    end() {
      clearTimeout(timer);
      stop();
    },
  };
}

function throwIfCancelled(request: Request, ambiguous: boolean): void {
  if (!request.signal?.aborted) return;
  const why = request.signal.reason instanceof Error ? request.signal.reason.message : "the operation was cancelled";
  throw new CancelledError(`${describeRequest(request)} was given up: ${why}`, {
    ambiguous: ambiguous && isWrite(request),
  });
}

/** What a server must not be quoted with. */
function secretsOf({ secrets = [], hidesKeys, path, body }: Request): readonly Buffer[] {
  if (!hidesKeys) return secrets;
  const key = keyIn(path);
  return [
    ...secrets,
    ...(key === undefined ? [] : [Buffer.from(decodeURIComponent(key))]),
    ...(Buffer.isBuffer(body) ? [body] : []),
  ];
}

function backoffMs(attempt: number, random: number): number {
  return Math.min(firstBackoffMs * 2 ** (attempt - 1), maxBackoffMs) * (1 - random / 4);
}

/** Undefined where it is none, or none that the API could send. */
function parseJson(body: Buffer): unknown {
  try {
    return !isBearable(body) ? undefined : JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
