import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { type Answer, json } from "./answer";

/** Names by which this machine, and a container on it, calls itself; any port. */
const ownHost = /^(?:(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\]|host\.docker\.internal)(?::\d+)?$/i;

/**
 * Keeps websites out: a page in this machine's browser can send requests to 127.0.0.1, under its own origin, or under a
 * name of its own that leads here. Where it sends no origin, as for an image, the browser says that it asks. Programs
 * send neither.
 *
 * @returns the refusal; undefined for a request that may pass.
 */
export function refusedByOrigin({ method, url, headers }: IncomingMessage): Answer | undefined {
  const { host = "", origin } = headers;
  if (!ownHost.test(host)) return refusal(`the host ${JSON.stringify(host)}: ask 127.0.0.1 or localhost`);
  if (origin === undefined && !isOfWebsite(headers)) return undefined;
  if (origin === `http://${host}`) return undefined;
  if (origin === undefined && method === "GET" && isPage(url) && isNavigation(headers)) return undefined;
  return refusal(`a page of ${origin ?? "another origin"}: only this emulator's own page may ask it`);
}

/** The answer with what keeps a browser from handing it to a website, or taking it for anything but what it is. */
export function ownOnly(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, ...ownOnlyHeaders } };
}

/** Whether a request target is the page that people look at. */
export function isPage(target = ""): boolean {
  return /^\/(?:\?|$)/.test(target);
}

const ownOnlyHeaders = {
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

/** Whether the browser says that another site asks, or another port of this machine, which is the same site to it. */
function isOfWebsite(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  return site !== undefined && site !== "none" && site !== "same-origin";
}

/** Whether somebody follows a link, in a tab of its own: the page it leads to tells the other one nothing. */
function isNavigation(headers: IncomingHttpHeaders): boolean {
  return headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
}

function refusal(what: string): Answer {
  return ownOnly(json(403, { error: `This emulator does not answer to ${what}.` }));
}
