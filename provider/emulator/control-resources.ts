import type { Backend } from "./backend";
import type { LoggedRequest } from "./request-log";
import { countedNamespaces, entriesOf, entryOf, keysOf, usualEntries, usualKeys } from "./stored";
import { wholeNumber } from "./whole-number";

/** Whoever is given the content checks it, whatever its declared type. */
type Handler = (backend: Backend, content: never, query: URLSearchParams) => unknown;

interface Resource {
  /** As whoever asks for the list of resources reads it. */
  readonly about: string;
  readonly methods: Readonly<Record<string, Handler>>;
}

/**
 * The control resource, JSON in both directions, beside the API and without credentials. `GET /__control` lists what there
 * is. Every PUT and DELETE answers what is now set. A body that makes no sense gets 400, and what is not there 404, with
 * `{"error": "<sentence>"}`.
 */
export const resources: Readonly<Record<string, Resource>> = {
  log: {
    about:
      "every request to the API since the start or the last DELETE; ?after=N, and if wanted &limit=N: the newest after a " +
      "position, with the next one to ask for and of a bulk its first keys",
    methods: {
      GET: (backend, _, query) => (query.has("after") ? newestOf(backend, query) : backend.log),
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
  namespaces: {
    about: "all namespaces, with the number of their keys that have not expired",
    methods: { GET: (backend) => countedNamespaces(backend) },
  },
  entries: {
    about:
      "?namespace=ID, and if wanted &prefix=P&limit=N: the entries of a namespace that have not expired, in the order of " +
      `their keys; ${usualEntries} without a limit. A value is text, or valueBase64`,
    methods: { GET: (backend, _, query) => entriesOf(backend, query) },
  },
  keys: {
    about:
      "?namespace=ID, and if wanted &prefix=P&after=KEY&limit=N: a page of the keys, without their values; " +
      `${usualKeys} without a limit. total counts the keys with the prefix, before those ahead of the page`,
    methods: { GET: (backend, _, query) => keysOf(backend, query) },
  },
  entry: {
    about:
      "?namespace=ID&key=KEY, and if wanted &limit=BYTES: one entry, with no more than so much of its value; bytes is " +
      "the length of all of it",
    methods: { GET: (backend, _, query) => entryOf(backend, query) },
  },
};

const usualRequests = 1000;
const shownKeys = 3;

function newestOf(backend: Backend, query: URLSearchParams) {
  const limit = wholeNumber(query, "limit", 1, usualRequests);
  const { requests, ...positions } = backend.logAfter(wholeNumber(query, "after", 0, 0), limit);
  return { ...positions, requests: requests.map(shortened) };
}

/** A bulk may name 10,000 keys. */
function shortened({ keys, ...request }: LoggedRequest) {
  return keys === undefined ? request : { ...request, keys: keys.slice(0, shownKeys), keyCount: keys.length };
}
