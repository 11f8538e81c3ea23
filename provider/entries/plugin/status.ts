import { type StatusObject, status } from "@grpc/grpc-js";
import { InitFailure } from "./init-failure";
import { shortened } from "./shortened";

/**
 * An error as the engine is told of it. UNKNOWN, INTERNAL and DATA_LOSS would mean that the resource may be
 * corrupt, so they are left to defects of our own. A stack goes to stderr, never to the user.
 */
export function toStatus(error: unknown): Partial<StatusObject> {
  if (error instanceof InitFailure) return error.status();
  const code = statusCode(error);
  if (code === status.INTERNAL) console.error(error);
  return { code, details: shortened(error instanceof Error ? error.message : String(error)) };
}

const codesByName: Readonly<Record<string, status>> = {
  ConfigError: status.INVALID_ARGUMENT,
  InputError: status.INVALID_ARGUMENT,
  NotFoundError: status.NOT_FOUND,
  AbortError: status.CANCELLED,
  CancelledError: status.CANCELLED,
  TimeoutError: status.DEADLINE_EXCEEDED,
  TypeError: status.INTERNAL,
  RangeError: status.INTERNAL,
  ReferenceError: status.INTERNAL,
  SyntaxError: status.INTERNAL,
  URIError: status.INTERNAL,
  AssertionError: status.INTERNAL,
};

const codesByHttpStatus: Readonly<Record<number, status>> = {
  401: status.PERMISSION_DENIED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  429: status.RESOURCE_EXHAUSTED,
};

function statusCode(error: unknown): status {
  if (!(error instanceof Error)) return status.INTERNAL;
  const named = codesByName[error.name];
  if (named !== undefined) return named;
  return "status" in error ? httpCode(error.status) : status.FAILED_PRECONDITION;
}

/** A request without an answer has no status. */
function httpCode(httpStatus: unknown): status {
  if (typeof httpStatus !== "number" || httpStatus < 400 || httpStatus >= 500) return status.UNAVAILABLE;
  return codesByHttpStatus[httpStatus] ?? status.FAILED_PRECONDITION;
}
