import { choices } from "./choices";

/** A refusal of the API. The server renders it as the failure envelope. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    /** Without the operation's prefix. */
    readonly reason: string,
    /** Whether the API is known to say `put: '<reason>'` rather than the reason alone. */
    readonly prefixed = true,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(reason);
  }
}

/** A refusal whose status and code are our own choice. */
export function refusal(choice: { status: number; code: number }, reason: string, prefixed = true): ApiError {
  return new ApiError(choice.status, choice.code, reason, prefixed);
}

export function namespaceNotFound(): ApiError {
  return new ApiError(404, 10013, "namespace not found");
}

export function keyNotFound(): ApiError {
  return new ApiError(404, 10009, "key not found");
}

export function methodNotAllowed(method: string): ApiError {
  return refusal(
    choices.methodNotAllowed,
    `${method} method not allowed for the api_token authentication scheme`,
    false,
  );
}
