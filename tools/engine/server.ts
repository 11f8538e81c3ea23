import { type handleUnaryCall, Server, ServerCredentials, type ServiceDefinition, status } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { channelOptions } from "../provider-client";
import { type Run, Stopped } from "./run";

/** A gRPC service on a free port of this machine. */
export interface Served {
  readonly address: string;
  /** Answers what it was asked, if that takes no longer than a second. */
  stop(): Promise<void>;
}

/** Each operation of this process has an address of its own: its providers know each other by it. */
const used = new Set<string>();

/** Takes the messages of programs and providers. */
export async function serveEngine(run: Run): Promise<Served> {
  const severities = ["debug", "info", "warning", "error"] as const;
  const log = unary((request: LogRequest) => {
    const { severity, urn, message, ephemeral } = request.toObject();
    run.log({ severity: severities[severity], urn, message, ephemeral });
    return new Empty();
  });
  let served = await serve(EngineService, { log });
  while (used.has(served.address)) {
    await served.stop();
    served = await serve(EngineService, { log });
  }
  used.add(served.address);
  run.engineAddress = served.address;
  return served;
}

/** Serves the methods that are given; the others answer that they are not implemented. */
export async function serve(
  definition: ServiceDefinition,
  methods: Parameters<Server["addService"]>[1],
): Promise<Served> {
  const server = new Server(channelOptions);
  server.addService(definition, methods);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, stop: () => stopped(server) };
}

function stopped(server: Server): Promise<void> {
  const impatience = setTimeout(() => server.forceShutdown(), 1000);
  return new Promise((resolve) => {
    server.tryShutdown(() => {
      clearTimeout(impatience);
      resolve();
    });
  });
}

/** A method that answers when its work is done; once something has failed it says that the engine is going. */
export function unary<Q, R>(work: (request: Q) => R | Promise<R>): handleUnaryCall<Q, R> {
  return async (call, callback) => {
    try {
      callback(null, await work(call.request));
    } catch (error) {
      const code = error instanceof Stopped ? status.UNAVAILABLE : status.UNKNOWN;
      callback({ code, details: error instanceof Error ? error.message : String(error) });
    }
  };
}
