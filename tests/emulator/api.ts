import { type IncomingHttpHeaders, type RequestOptions, request } from "node:http";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../provider/emulator/emulator.js";
import { checkResponse } from "../openapi/contract.js";

export interface Envelope {
  success: boolean;
  errors: { code: number; message: string }[];
  result: unknown;
  result_info?: Record<string, unknown>;
}

/** A response whose body arrived whole. */
export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface CallOptions {
  body?: string | Buffer;
  /** Beside a valid token; null removes a header. */
  headers?: Record<string, string | null>;
  /** The response is spoiled by a fault so that it must fail the check against the contract. */
  outsideContract?: boolean;
}

export const account = "0123456789abcdef0123456789abcdef";
export const authorization = { authorization: "Bearer test-token" };

/** An emulator and a client that checks every response against the published contract. */
export class Api {
  private constructor(readonly emulator: Emulator) {}

  static async start(options?: EmulatorOptions): Promise<Api> {
    return new Api(await startEmulator(options));
  }

  close(): Promise<void> {
    return this.emulator.close();
  }

  /** A path that starts with `/accounts` is taken as it is, any other is below the account's namespaces. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<Reply> {
    const target = path.startsWith("/accounts") ? path : `/accounts/${account}/storage/kv/namespaces${path}`;
    const reply = await send(method, this.emulator.url, target, options);
    const check = () => checkResponse(method, target, reply.status, reply.headers["content-type"] ?? "", reply.body);
    if (options.outsideContract) expect(check).toThrow();
    else check();
    return reply;
  }

  /** The envelope of a success. */
  async succeed(method: string, path: string, options?: CallOptions): Promise<Envelope> {
    const reply = await this.call(method, path, options);
    const envelope = envelopeOf(reply);
    expect({ status: reply.status, errors: envelope.errors }).toEqual({ status: 200, errors: [] });
    return envelope;
  }

  /** What a refusal says: status, code and message. */
  async refusal(method: string, path: string, options?: CallOptions): Promise<[number, number?, string?]> {
    const reply = await this.call(method, path, options);
    const { success, errors } = envelopeOf(reply);
    expect(success).toBe(false);
    return [reply.status, errors[0]?.code, errors[0]?.message];
  }

  /** The id of a new namespace. */
  async namespace(title = `namespace ${Math.random()}`): Promise<string> {
    const { result } = await this.succeed("POST", "", { body: JSON.stringify({ title }) });
    return (result as { id: string }).id;
  }

  /** Writes pairs given as an object or as items of a bulk body. */
  async seed(namespace: string, pairs: Record<string, string> | object[]): Promise<void> {
    const items = Array.isArray(pairs) ? pairs : Object.entries(pairs).map(([key, value]) => ({ key, value }));
    await this.succeed("PUT", `/${namespace}/bulk`, { body: JSON.stringify(items) });
  }
}

export function envelopeOf(reply: Reply): Envelope {
  return JSON.parse(reply.body.toString()) as Envelope;
}

/** Sends the target exactly as given, which URL libraries would not. */
function send(method: string, base: string, target: string, { body, headers }: CallOptions): Promise<Reply> {
  const { hostname, port, pathname } = new URL(base);
  const framing = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const sent = Object.entries({ ...authorization, ...framing, ...headers }).filter(([, value]) => value !== null);
  const options = { method, hostname, port, path: pathname + target, headers: Object.fromEntries(sent) };
  return new Promise((resolve, reject) => {
    const outgoing = request(options as RequestOptions, (response) => {
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
