import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { failure } from "./answer";
import { Backend, type BackendOptions } from "./backend";
import { isPage, refusedByOrigin } from "./browser-guard";
import type { ClockSetting } from "./clock";
import { control } from "./control";
import { deliver } from "./deliver";
import type { Fault } from "./fault";
import { type StoredEntry, type StoredNamespace, storedEntry, storedKeys, storedNamespaces } from "./inspect";
import type { Limits } from "./limits";
import { page } from "./page";
import type { LoggedRequest } from "./request-log";
import { answerRequest } from "./serve";

export interface EmulatorOptions extends BackendOptions {
  /** The port on 127.0.0.1; 0, the default, lets the system pick one. */
  port?: number;
  /** Fills the emulator through a URL of its own before anybody else is answered; its requests are not logged. */
  prepare?: (url: string) => Promise<void>;
}

/** The Workers KV REST API on this machine, with a view into it and the means to make it fail. */
export interface Emulator {
  /** The base URL of the API: `http://127.0.0.1:PORT/client/v4`. */
  readonly url: string;
  /** The base URL of the control resource: `http://127.0.0.1:PORT/__control`. */
  readonly control: string;
  /** The page for a browser: `http://127.0.0.1:PORT/`. */
  readonly page: string;
  /** Every request to the API, in the order in which they took effect; it grows until `clearLog`. */
  readonly log: LoggedRequest[];
  /** Ends every connection and the store; once is enough, and more do no harm. */
  close(): Promise<void>;
  setFaults(faults: Fault[]): void;
  /** `{}` is real time. */
  setClock(setting: ClockSetting): void;
  /** Replaces some of the published limits; `{}` restores them all. */
  setLimits(overrides: Partial<Limits>): void;
  /** The only tokens accepted from now on; undefined accepts any. */
  setTokens(tokens?: string[]): void;
  clearLog(): void;
  /** All namespaces, or an account's, in the order of their creation. */
  namespaces(account?: string): StoredNamespace[];
  /** An unexpired entry as it is stored. */
  entry(namespaceId: string, key: string): StoredEntry | undefined;
  /** The unexpired keys, in byte order. */
  keys(namespaceId: string): string[];
}

/** Starts an emulator; resolves once it answers. */
export async function startEmulator({ port = 0, prepare, ...options }: EmulatorOptions = {}): Promise<Emulator> {
  const backend = new Backend(options);
  let prepared = Promise.resolve();
  const server = serverFor(backend, () => prepared);
  try {
    await listen(server, port);
    if (prepare) prepared = prepareBy(prepare, backend);
    await prepared;
  } catch (error) {
    await close(backend, server);
    throw error;
  }
  return emulatorOf(backend, server);
}

async function prepareBy(prepare: (url: string) => Promise<void>, backend: Backend): Promise<void> {
  const server = serverFor(backend);
  await listen(server, 0);
  try {
    await prepare(urlOf(server));
  } finally {
    server.close();
    server.closeAllConnections();
    backend.clearLog();
  }
}

/** @param until What every request waits for; where it fails the server is closed, and says so. */
function serverFor(backend: Backend, until: () => Promise<void> = () => Promise.resolve()): Server {
  return createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const answered = () => answer(backend, request, response).catch((error: unknown) => fail(error, response));
    until().then(answered, () => response.destroy());
  });
}

function answer(backend: Backend, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const refused = refusedByOrigin(request);
  if (refused) return deliver(refused, undefined, response);
  if (isPage(request.url)) return page(request, response);
  const isControl = /^\/__control(\/|$)/.test(request.url ?? "");
  return isControl ? control(backend, request, response) : answerRequest(backend, request, response);
}

/** A caller that went away is no failure; anything else is one of the emulator itself. */
async function fail(error: unknown, response: ServerResponse): Promise<void> {
  if (response.destroyed || response.headersSent) return;
  console.error(error);
  await deliver(failure(500, 10001, "the emulator failed, see its log"), undefined, response);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}

function emulatorOf(backend: Backend, server: Server): Emulator {
  const { log, clock } = backend;
  const origin = originOf(server);
  let closed: Promise<void> | undefined;
  return {
    url: urlOf(server),
    control: `${origin}/__control`,
    page: `${origin}/`,
    log,
    close: () => {
      closed ??= close(backend, server);
      return closed;
    },
    setFaults: (list) => backend.setFaults(list),
    setClock: (setting) => clock.set(setting),
    setLimits: (overrides) => backend.setLimits(overrides),
    setTokens: (tokens) => backend.setTokens(tokens),
    clearLog: () => backend.clearLog(),
    namespaces: (account) => storedNamespaces(backend, account),
    entry: (namespaceId, key) => storedEntry(backend, namespaceId, key),
    keys: (namespaceId) => storedKeys(backend, namespaceId),
  };
}

function urlOf(server: Server): string {
  return `${originOf(server)}/client/v4`;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function close({ store }: Backend, server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      store.close();
      resolve();
    });
    server.closeAllConnections();
  });
}
