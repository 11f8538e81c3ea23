/** Why nothing, or nothing more, can be tried: a sentence with its remedy, without the token. */
export class Unable extends Error {}

/** Nothing more is sent, since the run was interrupted. */
export class Halted extends Error {
  constructor() {
    super("interrupted");
  }
}

/** One assumption cannot be tried on this account; its message says why. */
export class Untried extends Error {}

/** What went wrong, in words that have no credential: a request's own are never in a message of Node.js. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An address with several IPs fails with one error for each.
  if (error.message === "" && "code" in error) return String(error.code);
  return error.message;
}
