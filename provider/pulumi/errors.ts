import type { Properties } from "./resource-provider";

/** The most that may be kept of a failed step: around 16 MB the engine's connection breaks, and with it goes the resource. */
export const maxFailedBytes = 8 * 1024 * 1024;

/**
 * Thrown by create and update when the object exists, or may exist, but is not as declared: the engine keeps
 * it in state with these reasons, and the next `up` continues from there.
 */
export class InitFailedError extends Error {
  constructor(
    readonly id: string,
    readonly properties: Properties,
    readonly reasons: string[],
    /** Top-level names that are secret although nothing in the call says so. */
    readonly secrets: readonly string[] = [],
  ) {
    super(reasons.join("\n"));
    this.name = "InitFailedError";
  }
}

/** What the user gave cannot be used, and it could not be known earlier. */
export class InputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InputError";
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown reason";
}
