import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { Client } from "../../provider/kv/client";
import { Limiter, type Rate } from "../../provider/kv/limiter";
import { Transport, type TransportOptions } from "../../provider/kv/transport";
import { FakeClock } from "../fake-clock";

export const accountId = "0123456789abcdef0123456789abcdef";

/** Words that no message may contain. */
export const sentinels = { token: "sentinel-token-7f3a", apiKey: "sentinel-key-91bc", value: "sentinel-value-c44d" };

const defaults = {
  credential: { apiToken: sentinels.token },
  userAgent: "test/1",
  maxConcurrency: 8,
  requestTimeoutMs: 60_000,
  requestsPerFiveMinutes: 1000,
};

type ConnectionOptions = Partial<TransportOptions & Rate>;

/** A client, and the clock and connections that it uses. */
export class Connection {
  readonly clock: FakeClock;
  readonly transport: Transport;
  readonly client: Client;

  constructor(baseUrl: string, { clock = new FakeClock(), ...options }: ConnectionOptions = {}) {
    this.clock = clock as FakeClock;
    const limiter = new Limiter(clock);
    limiter.adjust({ ...defaults, ...options });
    this.transport = new Transport({ ...defaults, baseUrl, clock, limiter, ...options });
    this.client = new Client(this.transport, clock);
  }
}

/** An emulator, with clients that are closed with it. */
export class Api {
  readonly #connections: Connection[] = [];

  private constructor(readonly emulator: Emulator) {}

  static async start(): Promise<Api> {
    return new Api(await startEmulator());
  }

  /** Its clock is the emulator's, too. */
  connect(options: ConnectionOptions = {}): Connection {
    const clock = new FakeClock((nowMs) => this.emulator.setClock({ nowMs }));
    const connection = new Connection(this.emulator.url, { clock, ...options });
    this.#connections.push(connection);
    return connection;
  }

  get requests(): string[] {
    return this.emulator.log.map(({ operation, status }) => `${operation} ${status}`);
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map(({ transport }) => transport.close()));
    await this.emulator.close();
  }
}

/** A server that is not the API. */
export interface Stranger {
  readonly url: string;
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

export async function startStranger(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<Stranger> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume().on("end", () => answer(response, request));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a promise rejects with. */
export function failureOf(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  return promise.then(
    (value) => Promise.reject(new Error(`expected a failure, got ${JSON.stringify(value)}`)),
    (error) => error,
  );
}
