import { type Dispatcher, EnvHttpProxyAgent, type FormData } from "undici";
import { allowanceOf } from "./allowance";
import type { Clock } from "./clock";
import { CancelledError, CloudflareError } from "./error";
import { type Failure, failureOf, failureWithoutAnswer } from "./failure";
import { isBearable } from "./json-bounds";
import type { Limiter } from "./limiter";
import { shownWords } from "./server-words";

/** How requests are signed: an API token, or the older pair of e-mail address and global API key. */
export type Credential = { readonly apiToken: string } | { readonly apiKey: string; readonly email: string };

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

export interface Request {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Below the base URL, percent-encoded. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: Buffer | FormData;
  /** Values in the body, which no message may repeat. */
  readonly secrets?: readonly Buffer[];
  /** True where names of keys are secret: no message repeats them either. */
  readonly hidesKeys?: boolean | undefined;
  /** False where a second request would do a second thing. */
  readonly idempotent: boolean;
  /** True where a POST only reads. */
  readonly readOnly?: boolean;
  /** True where the caller can send less at once, and does so after a timeout in place of repeating it. */
  readonly divisible?: boolean;
  /** True where a success is raw bytes, which may look like anything. */
  readonly rawAnswer?: boolean;
  /** An error code that passes by itself, until this unix time in milliseconds. */
  readonly retryCode?: { readonly code: number; readonly untilMs: number };
  /** Ends waiting and reading at once. A write under way has half a second to end, so that its outcome is known. */
  readonly signal?: AbortSignal | undefined;
  /** Told what a long wait is for, about once a second. */
  readonly onWait?: ((message: string) => void) | undefined;
}

export interface Answer {
  /** Of whom it came from. */
  readonly origin: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The parsed body when it is JSON. */
  readonly json: unknown;
}

const maxAttempts = 6;
const firstBackoffMs = 500;
const maxBackoffMs = 8_000;
/** What a write that was given up has left to tell its outcome: the engine waits a second. */
const lastPatienceMs = 500;
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
      return this.#judged(await this.#exchange(request), request);
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      return failureWithoutAnswer(error, request, this.#options.requestTimeoutMs);
    } finally {
      this.#limiter.leave();
    }
  }

  async #exchange(request: Request): Promise<Answer> {
    const patience = startPatience(request);
    const timeout = AbortSignal.timeout(this.#options.requestTimeoutMs);
    const signal = AbortSignal.any([patience.signal, timeout]);
    try {
      // While undici connects it does not heed the signal.
      return await Promise.race([this.#answer(request, signal), endOf(signal)]);
    } finally {
      patience.end();
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

  #judged(answer: Answer, request: Request): Answer | Failure {
    const allowance = allowanceOf(answer.headers);
    if (allowance) this.#limiter.observe(allowance);
    const { clock, credential } = this.#options;
    const words = (message: string) => shownWords(message, credential, secretsOf(request));
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
    const { status, errors = [], reason, remedy, retryAfterMs = 0, excess } = failure;
    const outcome = status === undefined ? `at ${this.#origin} failed: ${reason}` : `failed with ${reason}`;
    const isTooLong = retryAfterMs > maxRetryAfterMs;
    const advice = isTooLong ? `; it asks to wait ${Math.ceil(retryAfterMs / 1000)} s, try again then` : remedy;
    const tried = attempts > 1 ? ` (tried ${attempts} times in ${Math.round(tookMs / 1000)} s)` : "";
    return new CloudflareError(`${describeRequest(request)} ${outcome}${tried}${advice}`, {
      status,
      errors,
      ambiguous: ambiguous && isWrite(request),
      excess,
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
function startPatience(request: Request): { readonly signal: AbortSignal; end(): void } {
  const patience = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const giveUp = () => {
    timer = setTimeout(() => patience.abort(request.signal?.reason), isWrite(request) ? lastPatienceMs : 0);
  };
  request.signal?.addEventListener("abort", giveUp);
  return {
    signal: patience.signal,
    end() {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", giveUp);
    },
  };
}

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function throwIfCancelled(request: Request, ambiguous: boolean): void {
  if (!request.signal?.aborted) return;
  const why = request.signal.reason instanceof Error ? request.signal.reason.message : "the operation was cancelled";
  throw new CancelledError(`${describeRequest(request)} was given up: ${why}`, ambiguous && isWrite(request));
}

export function isWrite({ method, readOnly }: Pick<Request, "method" | "readOnly">): boolean {
  return method !== "GET" && readOnly !== true;
}

/** Without the query, and without a secret key. */
export function describeRequest(request: Pick<Request, "method" | "path" | "hidesKeys">): string {
  const [path = ""] = request.path.split("?");
  const shown =
    request.hidesKeys && keyIn(path) !== undefined ? `${path.slice(0, path.lastIndexOf("/"))}/[secret]` : path;
  return `${request.method} ${shown}`;
}

/** Undefined where the path leads to no single key. */
function keyIn(path: string): string | undefined {
  return /\/(?:values|metadata)\/([^/?]+)/.exec(path)?.[1];
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
