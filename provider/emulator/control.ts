import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, json } from "./answer";
import type { Backend } from "./backend";
import { receiveBody } from "./body";
import { deliver } from "./deliver";
import { storedEntry, storedKeys, storedNamespaces } from "./inspect";
import { upperBound } from "./store";

/** Whoever is given the content checks it, whatever its declared type. */
type Handler = (backend: Backend, content: never, query: URLSearchParams) => unknown;

interface Resource {
  /** As whoever asks for the list of resources reads it. */
  readonly about: string;
  readonly methods: Readonly<Record<string, Handler>>;
}

const maxBodyBytes = 100_000_000;
const usualEntries = 1000;

/**
 * The control resource, JSON in both directions, beside the API and without credentials. `GET /__control` lists what there
 * is. Every PUT and DELETE answers what is now set. A body that makes no sense gets 400, and what is not there 404, with
 * `{"error": "<sentence>"}`.
 */
const resources: Readonly<Record<string, Resource>> = {
  log: {
    about: "every request to the API since the start or the last DELETE",
    methods: {
      GET: ({ log }) => log,
      DELETE: (backend) => {
        backend.clearLog();
        return backend.log;
      },
    },
  },
  faults: {
    about:
      'what goes wrong, and what is left of it; a latency is [{"times": null, "action": {"type": "delay", "ms": 50}}]',
    methods: {
      GET: ({ faults }) => faults.remaining(),
      PUT: (backend, content) => {
        backend.setFaults(content);
        return backend.faults.remaining();
      },
      DELETE: ({ faults }) => {
        faults.set([]);
        return faults.remaining();
      },
    },
  },
  clock: {
    about: '{"offsetMs": N} shifts the time, {"nowMs": N} stops it, {} is real time',
    methods: {
      GET: ({ clock }) => ({ ...clock.setting(), now: clock.now() }),
      PUT: ({ clock }, content) => {
        clock.set(content ?? {});
        return { ...clock.setting(), now: clock.now() };
      },
    },
  },
  limits: {
    about: "the limits; a PUT replaces some, and {} restores the published ones",
    methods: {
      GET: ({ limits }) => limits,
      PUT: (backend, content) => {
        backend.setLimits(content ?? {});
        return backend.limits;
      },
    },
  },
  tokens: {
    about: "the only API tokens that are accepted from now on, as a list; null accepts any",
    methods: {
      PUT: (backend, content) => {
        backend.setTokens(content);
        return content;
      },
    },
  },
  namespaces: { about: "all namespaces", methods: { GET: (backend) => storedNamespaces(backend) } },
  entries: {
    about:
      "?namespace=ID, and if wanted &prefix=P&limit=N: the entries of a namespace that have not expired, in the order of " +
      `their keys; ${usualEntries} without a limit. A value is text, or valueBase64`,
    methods: { GET: (backend, _, query) => entriesOf(backend, query) },
  },
};

/** Answers a request to the control resource. */
export async function control(backend: Backend, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { bytes } = await receiveBody(request, maxBodyBytes);
  await deliver(answerTo(backend, request, bytes), undefined, response);
}

function answerTo(backend: Backend, { method = "", url = "" }: IncomingMessage, body: Buffer): Answer {
  const { pathname, searchParams } = new URL(url, "http://emulator");
  const name = pathname.slice("/__control/".length);
  if (name === "" && method === "GET") return json(200, listed());
  const handler = resources[name]?.methods[method];
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

function listed(): unknown[] {
  return Object.entries(resources).map(([name, { about, methods }]) => ({
    resource: `/__control/${name}`,
    methods: Object.keys(methods),
    about,
  }));
}

function entriesOf(backend: Backend, query: URLSearchParams): unknown[] {
  const namespaceId = query.get("namespace") ?? "";
  if (backend.store.namespaces.byId(namespaceId) === undefined) {
    throw new NotFound(`There is no namespace ${JSON.stringify(namespaceId)}; GET /__control/namespaces lists them.`);
  }
  const prefix = Buffer.from(query.get("prefix") ?? "");
  const range = { from: prefix, to: upperBound(prefix), limit: limitIn(query) };
  return storedKeys(backend, namespaceId, range).map((key) => {
    const { value = Buffer.alloc(0), ...entry } = storedEntry(backend, namespaceId, key) ?? {};
    return {
      key,
      ...(isUtf8(value) ? { value: value.toString() } : { valueBase64: value.toString("base64") }),
      ...entry,
    };
  });
}

function limitIn(query: URLSearchParams): number {
  const text = query.get("limit") ?? String(usualEntries);
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`Invalid limit ${JSON.stringify(text)}: expected a whole number from 1.`);
}
