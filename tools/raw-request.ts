import { type IncomingHttpHeaders, request as plainRequest, type RequestOptions } from "node:http";
import { request as secureRequest } from "node:https";

/** A response whose body arrived whole. */
export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface RawRequest {
  method: string;
  /** Scheme, host and port are taken from it, the rest is sent exactly as given, which URL libraries would not. */
  url: string;
  headers: Record<string, string>;
  body?: string | Buffer;
  /** Gives up. */
  signal?: AbortSignal;
}

/** Sends a request whose target is not normalised. */
export function send({ method, url, headers, body, signal }: RawRequest): Promise<Reply> {
  const [, scheme, hostname, port, path] = /^(https?):\/\/([^/:]+)(?::(\d+))?(.*)$/.exec(url) ?? [];
  const framing = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const options: RequestOptions = { method, hostname, port, path, headers: { ...framing, ...headers }, signal };
  const request = scheme === "https" ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const outgoing = request(options, (response) => {
      isAnswered = true;
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    // A server may answer before it has read the whole body, and then read no more.
    outgoing.on("error", (error) => isAnswered || reject(error));
    outgoing.end(body);
  });
}
