import type { IncomingHttpHeaders } from "node:http";
import { type Answer, json } from "./answer";

/** Names by which this machine, and a container on it, calls itself; any port. */
const ownHost = /^(?:(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\]|host\.docker\.internal)(?::\d+)?$/i;

/**
 * Keeps websites out: a page in this machine's browser can send requests to 127.0.0.1, under its own origin, or under a
 * name of its own that leads here. Programs send no origin.
 *
 * @returns the refusal; undefined for a request that may pass.
 */
export function refusedByOrigin({ host = "", origin }: IncomingHttpHeaders): Answer | undefined {
  if (!ownHost.test(host)) return refusal(`the host ${JSON.stringify(host)}: ask 127.0.0.1 or localhost`);
  if (origin === undefined || origin === `http://${host}`) return undefined;
  return refusal(`a page of ${origin}: only this emulator's own page may ask it`);
}

function refusal(what: string): Answer {
  return json(403, { error: `This emulator does not answer to ${what}.` });
}
