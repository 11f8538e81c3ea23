import { Server, ServerCredentials, type ServerUnaryCall, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

/** The part of the engine that listens to messages. */
export interface FakeEngine {
  readonly address: string;
  readonly messages: LogRequest.AsObject[];
  /** Answers no message from now on. */
  hang(): void;
}

const servers: Server[] = [];

/** For `afterEach`. */
export function stopFakeEngines(): void {
  for (const server of servers.splice(0)) server.forceShutdown();
}

export async function startFakeEngine(): Promise<FakeEngine> {
  const messages: LogRequest.AsObject[] = [];
  let hangs = false;
  const server = new Server();
  servers.push(server);
  const log = (call: ServerUnaryCall<LogRequest, Empty>, callback: (error: null, response: Empty) => void) => {
    messages.push(call.request.toObject());
    if (!hangs) callback(null, new Empty());
  };
  server.addService(EngineService, { log } as UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    messages,
    hang() {
      hangs = true;
    },
  };
}
