import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { Log } from "../pulumi/resource-provider";

const statusIntervalMs = 250;
const deadlineMs = 1000;

/** Messages of one call. */
export interface CallLog extends Log {
  /** Sends a status that still waits for its turn, and settles when all has arrived: after a second at most. */
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
    for: (urn) => resourceLog(urn, connection),
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

/** Functions that need no `this`: the core hands them on. */
function resourceLog(urn: string, connection: Connection): CallLog {
  let sent = Promise.resolve();
  let waiting: NodeJS.Timeout | undefined;
  let nextStatusAt = 0;
  let latestStatus = "";

  // One after the other, because the engine lists messages in the order in which they arrive.
  const send = (message: Message) => {
    sent = sent.then(() => connection.send(message)).catch(() => {});
  };
  const sendStatus = () => {
    waiting = undefined;
    nextStatusAt = performance.now() + statusIntervalMs;
    send({ severity: "INFO", message: latestStatus, urn, ephemeral: true });
  };
  return {
    info: (message) => send({ severity: "INFO", message, urn, ephemeral: false }),
    warning: (message) => send({ severity: "WARNING", message, urn, ephemeral: false }),
    status(message) {
      latestStatus = message;
      const wait = nextStatusAt - performance.now();
      if (wait <= 0) sendStatus();
      else waiting ??= setTimeout(sendStatus, wait).unref();
    },
    async end() {
      clearTimeout(waiting);
      if (waiting) sendStatus();
      await settled(sent);
    },
  };
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

/** After a deadline at the latest. */
async function settled(promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  await Promise.race([promise, deadline]);
  clearTimeout(timer);
}
