import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, failure } from "./answer";
import { ApiError, methodNotAllowed, refusal } from "./api-error";
import type { Backend } from "./backend";
import { type ReceivedBody, receiveBody } from "./body";
import { namesIn } from "./bulk";
import { choices } from "./choices";
import { deliver } from "./deliver";
import type { Fault } from "./fault";
import { answerInstead, preempts, spoiled } from "./fault-answer";
import { goneSignal } from "./gone";
import { operations } from "./operations";
import { checkValueLength } from "./pair";
import type { LoggedRequest } from "./request-log";
import { type Route, routeOf } from "./route";

/** One request, received and routed. */
interface Incoming {
  headers: IncomingHttpHeaders;
  route?: Route;
  body: ReceivedBody;
  json: unknown;
  logged: LoggedRequest;
  fault?: Fault;
}

/** Carries out one request to the API, logs it, and answers. A caller that does not wait changes nothing. */
export async function answerRequest(
  backend: Backend,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const incoming = await receive(backend, request);
  const action = incoming.fault?.action;
  const answer = answerTo(incoming, backend);
  const logged = { ...incoming.logged, status: answer?.status ?? 0 };
  backend.log.push(logged);
  await backend.onAnswer?.(logged);
  await pause(backend.latencyMs + (action?.type === "delay" ? action.ms : 0), response);
  if (answer === undefined) request.socket.destroy();
  else await deliver(answer, action, response);
}

async function receive(backend: Backend, request: IncomingMessage): Promise<Incoming> {
  const { method = "", url = "", headers } = request;
  const route = routeOf(method, url);
  const logged = entryFor(method, url, route, backend.clock.now());
  logged.userAgent = headers["user-agent"];
  const body = await receiveBody(request, maxBodyBytes(backend, route));
  logged.bodyBytes = body.length;
  const json = takesJson(route) ? parsed(body.bytes) : undefined;
  if (route?.operation?.startsWith("bulk.")) logged.keys = namesIn(json);
  await backend.onRequest?.(logged);
  return { headers, route, body, json, logged, fault: backend.faults.take(logged) };
}

function entryFor(method: string, path: string, route: Route | undefined, at: number): LoggedRequest {
  const operation = route?.operation ?? "unknown";
  const { account, namespace, key } = route ?? {};
  return { method, path, operation, status: 0, account, namespace, key, writes: 0, deletes: 0, bodyBytes: 0, at };
}

function maxBodyBytes({ limits }: Backend, route: Route | undefined): number {
  const operation = route?.operation && operations[route.operation];
  return operation?.maxBodyBytes?.(limits) ?? limits.maxJsonBytes;
}

function takesJson(route: Route | undefined): boolean {
  return route?.operation !== undefined && route.operation !== "values.put";
}

function parsed(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

async function pause(ms: number, response: ServerResponse): Promise<void> {
  if (ms <= 0) return;
  await sleep(ms, undefined, { signal: goneSignal(response) });
}

/** The answer as a fault leaves it; undefined when the connection is to be dropped. */
function answerTo(incoming: Incoming, backend: Backend): Answer | undefined {
  const action = incoming.fault?.action;
  const usual = preempts(action) ? undefined : usualAnswer(incoming, backend);
  if (action?.type === "drop") return undefined;
  return answerInstead(action) ?? (usual && spoiled(usual, action));
}

function usualAnswer(incoming: Incoming, backend: Backend): Answer {
  const operation = incoming.route?.operation;
  return refusable(undefined, () => {
    const headers = admit(incoming.headers, backend);
    const answer = refusable(operation && operations[operation].prefix, () => perform(incoming, backend));
    return { ...answer, headers: { ...headers, ...answer.headers } };
  });
}

/** The headers every answer to this caller carries. */
function admit(headers: IncomingHttpHeaders, { credentials, rateLimiter, limits, clock }: Backend) {
  const credential = credentials.admit(headers);
  return limits.rate === null ? {} : rateLimiter.pass(credential, limits.rate, clock.now());
}

function refusable(prefix: string | undefined, work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const message = error.prefixed && prefix !== undefined ? `${prefix}: '${error.reason}'` : error.reason;
    const answer = failure(error.status, error.code, message);
    return { ...answer, headers: { ...answer.headers, ...error.headers } };
  }
}

function perform({ route, headers, body, json, logged, fault }: Incoming, { limits, store, clock }: Backend): Answer {
  if (route === undefined) throw refusal(choices.unknownRoute, "No route for the URI", false);
  if (!/^[0-9a-f]{32}$/.test(route.account)) {
    const where = `/accounts/${route.account}/storage/kv/namespaces`;
    throw refusal(
      choices.malformedAccount,
      `Could not route to ${where}, perhaps your object identifier is invalid?`,
      false,
    );
  }
  if (route.operation === undefined) throw methodNotAllowed(logged.method);
  if (body.tooLong && route.operation === "values.put") checkValueLength(body.length, limits);
  if (body.tooLong) throw refusal(choices.bodyTooLarge, `request body of ${body.length} bytes is too large`);
  const contentType = headers["content-type"] ?? "";
  const call = { route, contentType, body, json, limits, store, fault, nowMs: clock.now(), logged };
  return operations[route.operation].answer(call);
}
