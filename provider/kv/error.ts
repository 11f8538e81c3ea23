/** One entry of the API's `errors`. */
export interface ApiError {
  readonly code: number;
  readonly message: string;
}

/** Codes of the API that decide what happens next. Texts change; codes do not. */
export const codes = Object.freeze({
  rateLimited: [971, 10100, 10429, 10500],
  unknownRoute: 7003,
  authentication: 10000,
  temporarilyUnavailable: 10001,
  keyNotFound: 10009,
  malformedNamespaceId: 10011,
  namespaceNotFound: 10013,
  namespaceExists: 10014,
  notEntitled: [10017, 10026],
  tooManyNamespaces: 10018,
  invalidExpiration: 10033,
  insufficientPermissions: 10037,
  freeLimitReached: 10048,
  namespaceBound: 10052,
});

/** Longer texts are cut: a proxy's page is no sentence. */
const maxMessageLength = 300;
const maxMessages = 5;

/** No answer in time, or a request or an answer that is too large. */
export type Excess = "time" | "size";

/** A request to the API that did not succeed, after every retry that was allowed. */
export class CloudflareError extends Error {
  /** The HTTP status of the last answer; undefined when there was none. */
  readonly status: number | undefined;
  readonly errors: readonly ApiError[];
  /** True where the request may have taken effect although it failed. */
  readonly ambiguous: boolean;
  /** Where less at once may succeed: what there was too much of. */
  readonly excess: Excess | undefined;

  constructor(
    message: string,
    details: {
      status?: number | undefined;
      errors?: readonly ApiError[];
      ambiguous?: boolean;
      excess?: Excess | undefined;
    } = {},
  ) {
    super(message);
    this.name = "CloudflareError";
    this.status = details.status;
    this.errors = details.errors ?? [];
    this.ambiguous = details.ambiguous ?? false;
    this.excess = details.excess;
  }

  has(code: number): boolean {
    return this.errors.some((error) => error.code === code);
  }
}

/** Thrown when the engine cancels, or the operation's own timeout ends it. */
export class CancelledError extends Error {
  constructor(
    message: string,
    readonly ambiguous: boolean,
  ) {
    super(message);
    this.name = "CancelledError";
  }
}

/** The same failure, with one more sentence: what to do about it. */
export function withRemedy(error: CloudflareError | CancelledError, remedy: string): CloudflareError | CancelledError {
  const message = `${error.message}. ${remedy}`;
  if (error instanceof CancelledError) return new CancelledError(message, error.ambiguous);
  return new CloudflareError(message, error);
}

/** True where the API says that the key, or its namespace, does not exist. Any other 404 is an error. */
export function isGone(error: unknown): boolean {
  return isKeyGone(error) || isNamespaceGone(error);
}

export function isKeyGone(error: unknown): boolean {
  return error instanceof CloudflareError && error.status === 404 && error.has(codes.keyNotFound);
}

export function isNamespaceGone(error: unknown): boolean {
  return error instanceof CloudflareError && error.status === 404 && error.has(codes.namespaceNotFound);
}

/** True where the API does not accept the credential. */
export function isUnauthorized(error: unknown): error is CloudflareError {
  if (!(error instanceof CloudflareError)) return false;
  return error.status === 401 || error.status === 403 || error.has(codes.authentication);
}

const contentStatuses: ReadonlySet<number | undefined> = new Set([400, 413, 414, 422]);

/** With whatever status they come: they concern whoever asks, or where, and not what is sent. */
const codesBesideContent: ReadonlySet<number> = new Set([
  ...codes.rateLimited,
  ...codes.notEntitled,
  codes.unknownRoute,
  codes.authentication,
  codes.temporarilyUnavailable,
  codes.malformedNamespaceId,
  codes.namespaceNotFound,
  codes.insufficientPermissions,
  codes.freeLimitReached,
]);

/** True where the API says that it does not take what was sent: it may take a part of it. */
export function isContentRefused({ status, errors }: CloudflareError): boolean {
  return contentStatuses.has(status) && errors.length > 0 && !errors.some(({ code }) => codesBesideContent.has(code));
}

/** True where nobody knows whether the request took effect. */
export function isAmbiguous(error: unknown): error is CloudflareError | CancelledError {
  return (error instanceof CloudflareError || error instanceof CancelledError) && error.ambiguous;
}

/** True where it was the operation's own time that ran out, and nobody cancelled it. */
export function isTimeout({ reason }: AbortSignal): boolean {
  return reason instanceof Error && reason.name === "TimeoutError";
}

/** The server's own words, with its codes. */
export function describeErrors(errors: readonly ApiError[]): string {
  const texts = errors.slice(0, maxMessages).map(({ code, message }) => `${oneLine(message)} (code ${code})`);
  return texts.join("; ");
}

/** What a terminal obeys: control characters, separators of lines, and what turns the direction of a text. */
export const terminalControls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Short, and so that no terminal obeys it. */
export function oneLine(message: string): string {
  const cut = message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message;
  return cut.replaceAll(terminalControls, " ").toWellFormed();
}
