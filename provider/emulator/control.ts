import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, json } from "./answer";
import type { Backend } from "./backend";
import { receiveBody } from "./body";
import { ownOnly } from "./browser-guard";
import { resources } from "./control-resources";
import { deliver } from "./deliver";
import { messageOf } from "./reasons";
import { NotFound } from "./stored";

const maxBodyBytes = 100_000_000;

/** Answers a request to the control resource. */
export async function control(backend: Backend, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { bytes } = await receiveBody(request, maxBodyBytes);
  await deliver(ownOnly(answerTo(backend, request, bytes)), undefined, response);
}

function answerTo(backend: Backend, { method = "", url = "" }: IncomingMessage, body: Buffer): Answer {
  const { pathname, searchParams } = new URL(url, "http://emulator");
  const name = pathname.slice("/__control/".length);
  if (name === "" && method === "GET") return json(200, listed());
  const handler = Object.hasOwn(resources, name) ? resources[name]?.methods[method] : undefined;
  if (handler === undefined) return json(404, { error: `There is no ${method} ${pathname}.` });
  try {
    const content = body.length === 0 ? undefined : JSON.parse(body.toString());
    return json(200, handler(backend, content as never, searchParams) ?? null);
  } catch (error) {
    const status = error instanceof NotFound ? 404 : 400;
    return json(status, { error: messageOf(error) });
  }
}

function listed(): unknown[] {
  return Object.entries(resources).map(([name, { about, methods }]) => ({
    resource: `/__control/${name}`,
    methods: Object.keys(methods),
    about,
  }));
}
