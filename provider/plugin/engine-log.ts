import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { Log } from "../resources/resource";

const statusIntervalMs = 250;
const deadlineMs = 1000;

/** Messages of one call. */
export interface CallLog extends Log {
  /** Drops a status that waits for its turn, and settles when what was sent has arrived: after a second at most. */
  end(): Promise<void>;
}

/** Messages to the engine. They never fail: an engine that cannot be reached misses them. */
export interface EngineLog {
  /** Messages of one call about a resource. With an empty URN they go to the stack. */
  for(urn: string): CallLog;
  /** Ends what was logged so far: the calls that still run say nothing more. */
  close(): void;
}

/** The address is asked for with the first message; until then nothing is loaded and nothing connected. */
export function engineLog(address: () => string | undefined): EngineLog {
  let connection = new Connection(address);
  return {
    for: (urn) => new ResourceLog(urn, connection),
    close() {
      connection.close();
      connection = new Connection(address);
    },
  };
}

interface Message {
  readonly severity: "INFO" | "WARNING";
  readonly message: string;
  readonly urn: string;
  readonly ephemeral: boolean;
}

class Connection {
  #client: EngineClient | undefined;
  #closed = false;

  constructor(private readonly address: () => string | undefined) {}

  close(): void {
    this.#closed = true;
    this.#client?.close();
  }

  async send(message: Message): Promise<void> {
    const address = this.address();
    if (this.#closed || !address) return;
    this.#client ??= connect(address);
    await deliver(this.#client, message);
  }
}

class ResourceLog implements CallLog {
  #sent = Promise.resolve();
  #nextStatusAt = 0;
  #waiting: NodeJS.Timeout | undefined;
  #status = "";

  constructor(
    private readonly urn: string,
    private readonly connection: Connection,
  ) {}

  info(message: string): void {
    this.#send({ severity: "INFO", message, urn: this.urn, ephemeral: false });
  }

  warning(message: string): void {
    this.#send({ severity: "WARNING", message, urn: this.urn, ephemeral: false });
  }

  status(message: string): void {
    this.#status = message;
    if (this.#waiting) return;
    const wait = this.#nextStatusAt - performance.now();
    if (wait <= 0) this.#sendStatus();
    else this.#waiting = setTimeout(() => this.#sendStatus(), wait).unref();
  }

  async end(): Promise<void> {
    clearTimeout(this.#waiting);
    const patience = new AbortController();
    await Promise.race([this.#sent, after(deadlineMs, patience.signal)]);
    patience.abort();
  }

  #sendStatus(): void {
    this.#waiting = undefined;
    this.#nextStatusAt = performance.now() + statusIntervalMs;
    this.#send({ severity: "INFO", message: this.#status, urn: this.urn, ephemeral: true });
  }

  /** One after the other, because the engine lists messages in the order in which they arrive. */
  #send(message: Message): void {
    this.#sent = this.#sent.then(() => this.connection.send(message)).catch(() => {});
  }
}

function connect(address: string): EngineClient {
  const { credentials } = require("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
  const { EngineClient } =
    require("@pulumi/pulumi/proto/engine_grpc_pb") as typeof import("@pulumi/pulumi/proto/engine_grpc_pb");
  return new EngineClient(address, credentials.createInsecure());
}

function deliver(client: EngineClient, { severity, message, urn, ephemeral }: Message): Promise<void> {
  const { LogRequest, LogSeverity } =
    require("@pulumi/pulumi/proto/engine_pb") as typeof import("@pulumi/pulumi/proto/engine_pb");
  const { Metadata } = require("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
  const request = new LogRequest()
    .setSeverity(LogSeverity[severity])
    .setMessage(message.toWellFormed())
    .setUrn(urn)
    .setEphemeral(ephemeral);
  return new Promise((resolve) => {
    client.log(request, new Metadata(), { deadline: Date.now() + deadlineMs }, () => resolve());
  });
}

function after(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
}
