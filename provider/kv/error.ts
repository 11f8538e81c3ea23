/** One entry of the API's `errors`. */
export interface ApiError {
  readonly code: number;
  readonly message: string;
  /** Where in the request it is, as a JSON pointer; the API says it of some. */
  readonly pointer?: string;
  /** A page about it; the API has one for some. */
  readonly documentationUrl?: string;
}

/** What a failure is made of. {@link worded} makes the one text of it that a user reads. */
export interface FailureParts {
  /** The HTTP status of the last answer; undefined when there was none. */
  readonly status?: number | undefined;
  readonly errors?: readonly ApiError[];
  /** True where the request may have taken effect although it failed. */
  readonly ambiguous?: boolean;
  /** Where less at once may succeed: what there was too much of. */
  readonly excess?: Excess | undefined;
  /** What to look at first; follows the reason in the same sentence. */
  readonly advice?: string | undefined;
  /** What to do, a sentence each. */
  readonly remedies?: readonly string[];
  /** What became of the resource, and what comes next: a sentence. */
  readonly outcome?: string | undefined;
  /** What was thrown at first. No user is shown it. */
  readonly cause?: unknown;
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
  /** What failed, and why. */
  readonly reason: string;
  readonly status: number | undefined;
  readonly errors: readonly ApiError[];
  readonly ambiguous: boolean;
  readonly excess: Excess | undefined;
  readonly advice: string | undefined;
  readonly remedies: readonly string[];
  readonly outcome: string | undefined;

  constructor(reason: string, parts: FailureParts = {}) {
    super(worded(reason, parts), parts.cause === undefined ? {} : { cause: parts.cause });
    this.name = "CloudflareError";
    this.reason = reason;
    this.status = parts.status;
    this.errors = parts.errors ?? [];
    this.ambiguous = parts.ambiguous ?? false;
    this.excess = parts.excess;
    this.advice = parts.advice;
    this.remedies = parts.remedies ?? [];
    this.outcome = parts.outcome;
  }

  has(code: number): boolean {
    return this.errors.some((error) => error.code === code);
  }
}

/** Thrown when the engine cancels, or the operation's own timeout ends it. */
export class CancelledError extends Error {
  readonly reason: string;
  readonly ambiguous: boolean;
  readonly remedies: readonly string[];
  readonly outcome: string | undefined;

  constructor(reason: string, parts: Pick<FailureParts, "ambiguous" | "remedies" | "outcome" | "cause"> = {}) {
    super(worded(reason, parts), parts.cause === undefined ? {} : { cause: parts.cause });
    this.name = "CancelledError";
    this.reason = reason;
    this.ambiguous = parts.ambiguous ?? false;
    this.remedies = parts.remedies ?? [];
    this.outcome = parts.outcome;
  }
}

/** The whole, as it leaves: what failed and why, what to do, what became of it. */
function worded(reason: string, { advice, remedies = [], outcome }: FailureParts): string {
  const what = advice === undefined ? reason : `${reason}; ${advice}`;
  return [what, ...remedies, ...(outcome === undefined ? [] : [outcome])].join(". ");
}

/** The same failure with other parts; it happened where the first did. */
export function withParts<E extends CloudflareError | CancelledError>(error: E, parts: Partial<FailureParts>): E {
  const all = { ...error, cause: error.cause, ...parts };
  const copy =
    error instanceof CancelledError ? new CancelledError(error.reason, all) : new CloudflareError(error.reason, all);
  copy.stack = error.stack?.replace(error.message, () => copy.message) ?? "";
  return copy as E;
}

/** The same failure, with one more sentence: what to do about it. */
export function withRemedy<E extends CloudflareError | CancelledError>(error: E, remedy: string): E {
  return withParts(error, { remedies: [...error.remedies, remedy] });
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
  const texts = errors
    .slice(0, maxMessages)
    .map((error) => `${oneLine(error.message)} (${detailsOf(error).join(", ")})`);
  return texts.join("; ");
}

function detailsOf({ code, pointer, documentationUrl }: ApiError): string[] {
  return [
    `code ${code}`,
    ...(pointer === undefined ? [] : [`at ${oneLine(pointer)}`]),
    ...(documentationUrl === undefined ? [] : [`see ${documentationUrl}`]),
  ];
}

/** What a terminal obeys: control characters, separators of lines, and what turns the direction of a text. */
export const terminalControls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Short, and so that no terminal obeys it. */
export function oneLine(message: string): string {
  const cut = message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message;
  return cut.replaceAll(terminalControls, " ").toWellFormed();
}
