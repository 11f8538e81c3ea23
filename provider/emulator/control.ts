import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, json } from "./answer";
import type { Backend } from "./backend";
import { receiveBody } from "./body";
import { deliver } from "./deliver";
import { storedEntry, storedKeys, storedNamespaces } from "./inspect";

/** Whoever is given the content checks it, whatever its declared type. */
type Handler = (backend: Backend, content: never, query: URLSearchParams) => unknown;

const maxBodyBytes = 100_000_000;

/**
 * The control resource, JSON in both directions, beside the API and without credentials:
 *
 * | request | does |
 * |---|---|
 * | `GET /__control/log` | every request to the API since the start or the last DELETE (see `LoggedRequest`) |
 * | `DELETE /__control/log` | forgets them |
 * | `GET`, `PUT`, `DELETE /__control/faults` | the faults and what is left of them; sets them (see `Fault`); ends them |
 * | `GET`, `PUT /__control/clock` | `{"offsetMs": N}` shifts the time, `{"nowMs": N}` stops it, `{}` is real time |
 * | `GET`, `PUT /__control/limits` | the limits; replaces some, `{}` restores the published ones (see `Limits`) |
 * | `PUT /__control/tokens` | the only API tokens accepted from now on, as an array; `null` accepts any |
 * | `GET /__control/namespaces` | all namespaces |
 * | `GET /__control/entries?namespace=ID` | a namespace's unexpired entries, values in base64 |
 *
 * Latency is a fault: `[{"times": null, "action": {"type": "delay", "ms": 50}}]`.
 * Every PUT and DELETE answers what is now set. A body that makes no sense gets 400, and what is
 * not there 404, with `{"error": "<sentence>"}`.
 */
const resources: Record<string, Record<string, Handler>> = {
  log: {
    GET: ({ log }) => log,
    DELETE: (backend) => {
      backend.clearLog();
      return backend.log;
    },
  },
  faults: {
    GET: ({ faults }) => faults.remaining(),
    PUT: ({ faults }, content) => {
      faults.set(content);
      return faults.remaining();
    },
    DELETE: ({ faults }) => {
      faults.set([]);
      return faults.remaining();
    },
  },
  clock: {
    GET: ({ clock }) => ({ ...clock.setting(), now: clock.now() }),
    PUT: ({ clock }, content) => {
      clock.set(content ?? {});
      return { ...clock.setting(), now: clock.now() };
    },
  },
  limits: {
    GET: ({ limits }) => limits,
    PUT: (backend, content) => {
      backend.setLimits(content ?? {});
      return backend.limits;
    },
  },
  tokens: {
    PUT: (backend, content) => {
      backend.setTokens(content);
      return content;
    },
  },
  namespaces: { GET: (backend) => storedNamespaces(backend) },
  entries: { GET: (backend, _, query) => entriesOf(backend, query.get("namespace") ?? "") },
};

/** Answers a request to the control resource. */
export async function control(backend: Backend, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { bytes } = await receiveBody(request, maxBodyBytes);
  await deliver(answerTo(backend, request, bytes), undefined, response);
}

function answerTo(backend: Backend, { method = "", url = "" }: IncomingMessage, body: Buffer): Answer {
  const { pathname, searchParams } = new URL(url, "http://emulator");
  const handler = resources[pathname.slice("/__control/".length)]?.[method];
  if (handler === undefined) return json(404, { error: `There is no ${method} ${pathname}.` });
  try {
    const content = body.length === 0 ? undefined : JSON.parse(body.toString());
    return json(200, handler(backend, content as never, searchParams) ?? null);
  } catch (error) {
    const status = error instanceof NotFound ? 404 : 400;
    return json(status, { error: error instanceof Error ? error.message : String(error) });
  }
}

class NotFound extends Error {}

function entriesOf(backend: Backend, namespaceId: string): unknown[] {
  if (backend.store.namespaceById(namespaceId) === undefined) {
    throw new NotFound(`There is no namespace ${JSON.stringify(namespaceId)}; GET /__control/namespaces lists them.`);
  }
  return storedKeys(backend, namespaceId).map((key) => {
    const entry = storedEntry(backend, namespaceId, key);
    return { key, ...entry, value: entry?.value.toString("base64") };
  });
}
