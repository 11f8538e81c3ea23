import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { type IResourceProviderServer, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  GetMappingResponse,
  GetMappingsResponse,
  type GetSchemaRequest,
  GetSchemaResponse,
  ProviderHandshakeResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Core } from "../core";
import { InputError } from "../resources/resource";
import { version } from "../version";
import { installFastStrings } from "./fast-strings";
import { invoke } from "./invoke";
import { admitLargeMessages } from "./large-messages";
import * as life from "./life";
import { list } from "./list";
import * as providerConfig from "./provider-config";
import { cancellation, Session } from "./session";
import { toStatus } from "./status";

/** As the engine has it: a value in KV can be larger than grpc's default of 4 MiB. */
const maxMessageBytes = 400 * 1024 * 1024;
/** The queue a request may wait in: large values keep the process busy longer than grpc's default of 30 seconds. */
const maxQueueSeconds = 30 * 60;

export interface PluginOptions {
  /** Called when the core is first needed: what is only asked who it is stays light. */
  readonly core: () => Core;
  /** The package's schema, as JSON; called when it is asked for. */
  readonly schema: () => string;
  /** Used until a handshake tells it. */
  readonly engineAddress?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

export interface PluginServer {
  readonly port: number;
  /** Cancels what runs, and settles when it has been answered. */
  stop(): Promise<void>;
}

/** Serves Pulumi's resource provider protocol on a free port of this machine. */
export async function serve(options: PluginOptions): Promise<PluginServer> {
  installFastStrings();
  const session = new Session(options.core, options.engineAddress);
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
    "grpc.server_max_unrequested_time_in_server": maxQueueSeconds,
  });
  server.addService(readableService(), rpcs(session, options) as UntypedServiceImplementation);
  const port = await bind(server);
  admitLargeMessages(server);
  return {
    port,
    stop() {
      session.cancel();
      return new Promise((resolve) => server.tryShutdown(() => resolve()));
    },
  };
}

/** What is not in this table is answered by UNIMPLEMENTED. */
function rpcs(session: Session, { env, schema }: PluginOptions): Partial<IResourceProviderServer> {
  return {
    handshake: unary((request) => handshake(session, request.getEngineAddress())),
    attach: unary((request) => empty(() => session.attach(request.getAddress()))),
    cancel: unary(() => empty(() => session.cancel())),
    getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
    getSchema: unary((request) => getSchema(request, schema)),
    getMapping: unary(() => new GetMappingResponse()),
    getMappings: unary(() => new GetMappingsResponse()),
    checkConfig: unary((request) => providerConfig.checkConfig(session, request)),
    diffConfig: unary((request) => providerConfig.diffConfig(request)),
    configure: unary((request) => providerConfig.configure(session, request, env)),
    check: unary((request, hangup) => life.check(session, request, hangup)),
    diff: unary((request, hangup) => life.diff(session, request, hangup)),
    create: unary((request, hangup) => life.create(session, request, hangup)),
    read: unary((request, hangup) => life.read(session, request, hangup)),
    update: unary((request, hangup) => life.update(session, request, hangup)),
    delete: unary((request, hangup) => life.remove(session, request, hangup)),
    invoke: unary((request, hangup) => invoke(session, request, hangup)),
    list: streaming((request, hangup) => list(session, request, hangup)),
  };
}

/** The protocol's service, with a sentence where grpc-js would only say that it could not read a request. */
function readableService(): ServiceDefinition {
  const methods = Object.entries(ResourceProviderService as unknown as ServiceDefinition);
  return Object.fromEntries(
    methods.map(([name, method]) => [
      name,
      { ...method, requestDeserialize: (bytes: Buffer) => readRequest(method, bytes) },
    ]),
  );
}

function readRequest({ path, requestDeserialize }: MethodDefinition<unknown, unknown>, bytes: Buffer): unknown {
  try {
    return requestDeserialize(bytes);
  } catch (error) {
    const rpc = path.slice(path.lastIndexOf("/") + 1);
    const isTooDeep = error instanceof RangeError;
    const reason = isTooDeep ? "a value in it is nested too deep" : "it is not what Pulumi's protocol says";
    return new InputError(`Malformed ${rpc} request: ${reason}`);
  }
}

function readable<Request>(request: Request): Request {
  if (request instanceof InputError) throw request;
  return request;
}

function unary<Request, Response>(
  answer: (request: Request, hangup: AbortSignal) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const hangup = hangupOf(call);
    new Promise<Response>((resolve) => resolve(answer(readable(call.request), hangup))).then(
      (response) => callback(null, response),
      (error) => callback(toStatus(error)),
    );
  };
}

/** Ends when the caller does not wait for the answer any more. */
function hangupOf(call: { on(event: "cancelled", listener: () => void): unknown }): AbortSignal {
  const hangup = new AbortController();
  call.on("cancelled", () => hangup.abort(cancellation()));
  return hangup.signal;
}

function streaming<Request, Response>(
  answer: (request: Request, hangup: AbortSignal) => Promise<readonly Response[]>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    const hangup = hangupOf(call);
    new Promise<readonly Response[]>((resolve) => resolve(answer(readable(call.request), hangup))).then(
      (responses) => {
        for (const response of responses) call.write(response);
        call.end();
      },
      (error) => call.emit("error", toStatus(error)),
    );
  };
}

function handshake(session: Session, engineAddress: string): ProviderHandshakeResponse {
  session.attach(engineAddress);
  return new ProviderHandshakeResponse()
    .setAcceptSecrets(true)
    .setAcceptResources(true)
    .setSupportsAutonamingConfiguration(true);
}

function getSchema(request: GetSchemaRequest, schema: () => string): GetSchemaResponse {
  if (request.getVersion() === 0) return new GetSchemaResponse().setSchema(schema());
  throw new InputError(`Unknown version ${request.getVersion()} of the schema language: expected 0`);
}

function empty(act: () => void): Empty {
  act();
  return new Empty();
}

function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}
