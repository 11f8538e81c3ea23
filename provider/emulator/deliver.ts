import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./answer";
import type { FaultAction } from "./fault";
import { goneSignal } from "./gone";

/** Sends an answer, the way a fault may want it sent. */
export async function deliver(
  answer: Answer,
  action: FaultAction | undefined,
  response: ServerResponse,
): Promise<void> {
  const { status, headers, body } = answer;
  response.writeHead(status, { ...headers, "content-length": body.length });
  if (action?.type === "truncate" && body.length > 0) {
    response.write(body.subarray(0, body.length >> 1), () => response.socket?.destroy());
    return;
  }
  if (action?.type === "trickle") await trickle(body, action.msPerByte, response);
  response.end(action?.type === "trickle" ? undefined : body);
}

async function trickle(body: Buffer, msPerByte: number, response: ServerResponse): Promise<void> {
  const signal = goneSignal(response);
  for (const byte of body) {
    response.write(Buffer.from([byte]));
    await sleep(msPerByte, undefined, { signal });
  }
}
