import type { ServerResponse } from "node:http";

/** Aborted once the client has gone, or has been answered. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  return gone.signal;
}
