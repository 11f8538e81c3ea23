import { type Emulator, type EmulatorOptions, startEmulator } from "../../provider/emulator/emulator";
import type { Store } from "../../provider/emulator/store";
import { type Reply, send } from "../../tools/raw-request";
import { checkResponse } from "../openapi/contract";

export interface Envelope {
  success: boolean;
  errors: { code: number; message: string }[];
  result: unknown;
  result_info?: Record<string, unknown>;
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
  /** The store of each emulator that is started from now on; its own by default. */
  static storeOf: () => Store | undefined = () => undefined;

  private constructor(readonly emulator: Emulator) {}

  static async start(options: EmulatorOptions = {}): Promise<Api> {
    const store = options.file === undefined ? Api.storeOf() : undefined;
    return new Api(await startEmulator({ store, ...options }));
  }

  close(): Promise<void> {
    return this.emulator.close();
  }

  /** A path that starts with `/accounts` is taken as it is, any other is below the account's namespaces. */
  async call(method: string, path: string, { body, headers, outsideContract }: CallOptions = {}): Promise<Reply> {
    const target = path.startsWith("/accounts") ? path : `/accounts/${account}/storage/kv/namespaces${path}`;
    const sent = withoutRemoved({ ...authorization, ...headers });
    const reply = await send({ method, url: this.emulator.url + target, headers: sent, body });
    const check = () => checkResponse(method, target, reply.status, reply.headers["content-type"] ?? "", reply.body);
    if (outsideContract) expect(check).toThrow();
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

function withoutRemoved(headers: Record<string, string | null>): Record<string, string> {
  const kept = Object.entries(headers).filter((header): header is [string, string] => header[1] !== null);
  return Object.fromEntries(kept);
}
