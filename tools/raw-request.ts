import { type IncomingHttpHeaders, type RequestOptions, request } from "node:http";

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
}

/** Sends a request whose target is not normalised. */
export function send({ method, url, headers, body }: RawRequest): Promise<Reply> {
  const [, hostname, port, path] = /^http:\/\/([^/:]+):(\d+)(.*)$/.exec(url) ?? [];
  const framing = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const options: RequestOptions = { method, hostname, port, path, headers: { ...framing, ...headers } };
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
