import type { IncomingMessage } from "node:http";

/** A request's body; of one that is longer than was asked for, only the length is kept. */
export interface ReceivedBody {
  bytes: Buffer;
  length: number;
  tooLong: boolean;
}

/** Reads the whole body, so that the caller always hears the answer, and keeps at most `maxBytes` of it. */
export async function receiveBody(request: IncomingMessage, maxBytes: number): Promise<ReceivedBody> {
  let chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) chunks = [];
    else chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), length, tooLong: length > maxBytes };
}
