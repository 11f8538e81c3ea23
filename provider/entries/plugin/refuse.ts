// Runs on an old Node.js: of this package it loads only what does, too.
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  CheckFailure,
  CheckResponse,
  GetSchemaResponse,
  ProviderHandshakeResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { schemaText } from "./schema-text";

/**
 * Serves the provider protocol up to where a provider is configured, and there says why it cannot be. A plugin that
 * ends, or refuses anything before, is called faulty by the engine.
 */
export function refuse(sentence: string): void {
  const refused: handleUnaryCall<unknown, never> = (_call, callback) =>
    callback({ code: status.FAILED_PRECONDITION, details: sentence });
  const failure = new CheckFailure().setReason(sentence);
  const server = new Server();
  server.addService(ResourceProviderService, {
    handshake: answering(() => new ProviderHandshakeResponse()),
    attach: answering(() => new Empty()),
    getPluginInfo: answering(() => new PluginInfo()),
    getSchema: answering(() => new GetSchemaResponse().setSchema(schemaText())),
    checkConfig: answering(() => new CheckResponse().setFailuresList([failure])),
    configure: refused,
    cancel: answering(() => new Empty()),
  } as UntypedServiceImplementation);
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
}

function answering<Response>(answer: () => Response): handleUnaryCall<unknown, Response> {
  return (_call, callback) => callback(null, answer());
}
