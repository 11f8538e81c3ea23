import { setTimeout as delay } from "node:timers/promises";
import {
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
  type ProviderHandshakeRequest,
  ProviderHandshakeResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Core } from "../../core";
import { InputError } from "../../pulumi/errors";
import { version } from "../../version";
import { EngineWatch } from "../engine-watch";
import { Calls } from "./calls";
import { EngineSession } from "./engine-session";
import { patchFlowControl } from "./flow-control";
import { invokeFunction } from "./functions";
import { listResources } from "./listings";
import { patchProtobufStrings } from "./protobuf-strings";
import * as providerConfig from "./provider-config";
import * as resources from "./resources";

/** As the engine has it: a value in KV can be larger than grpc's default of 4 MiB. */
const maxMessageBytes = 400 * 1024 * 1024;
/** The queue a request may wait in: large values keep the process busy longer than grpc's default of 30 seconds. */
const maxQueueSeconds = 30 * 60;

/** An answer is on its way to a process of this machine. */
const flushMs = 50;

export interface PluginOptions {
  /** Called when the core is first needed: what is only asked who it is stays light. */
  readonly core: () => Core;
  /** The package's schema, as JSON; called when it is asked for. */
  readonly schema: () => string;
  /** Used until a handshake tells it. */
  readonly engineAddress?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Called when the engine that has started this process is there no more, without having ended it. */
  readonly onEngineGone?: () => void;
}

export interface PluginServer {
  readonly port: number;
  /** Cancels what runs, and settles when it has been answered; at once when nothing runs. */
  stop(): Promise<void>;
}

/** Serves Pulumi's resource provider protocol on a free port of this machine. */
export async function startServer(options: PluginOptions): Promise<PluginServer> {
  patchProtobufStrings();
  const session = new EngineSession(options.core, options.engineAddress);
  const watch = new EngineWatch(options.onEngineGone ?? (() => {}));
  if (options.engineAddress) watch.watch(options.engineAddress);
  const calls = new Calls();
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
    "grpc.server_max_unrequested_time_in_server": maxQueueSeconds,
  });
  server.addService(readableService(), rpcs({ session, watch, calls }, options) as UntypedServiceImplementation);
  const port = await bind(server);
  patchFlowControl(server);
  return {
    port,
    async stop() {
      watch.end();
      session.cancel();
      await calls.answered();
      // The engine may have half closed a connection, which then never ends by itself.
      await Promise.race([delay(flushMs), new Promise<void>((resolve) => server.tryShutdown(() => resolve()))]);
      server.forceShutdown();
    },
  };
}

interface Serving {
  readonly session: EngineSession;
  readonly watch: EngineWatch;
  readonly calls: Calls;
}

/** What is not in this table is answered by UNIMPLEMENTED. */
function rpcs({ session, watch, calls }: Serving, { env, schema }: PluginOptions): Partial<IResourceProviderServer> {
  const unary = calls.unary.bind(calls);
  return {
    handshake: unary((request) => handshake(session, watch, request)),
    attach: unary((request) => empty(() => attach(session, watch, request.getAddress()))),
    cancel: unary(() => empty(() => session.cancel())),
    getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
    getSchema: unary((request) => getSchema(request, schema)),
    getMapping: unary(() => new GetMappingResponse()),
    getMappings: unary(() => new GetMappingsResponse()),
    checkConfig: unary((request) => providerConfig.checkConfig(session, request)),
    diffConfig: unary((request) => providerConfig.diffConfig(request)),
    configure: unary((request) => providerConfig.configure(session, request, env)),
    check: unary((request, disconnected) => resources.check(session, request, disconnected)),
    diff: unary((request, disconnected) => resources.diff(session, request, disconnected)),
    create: unary((request, disconnected) => resources.create(session, request, disconnected)),
    read: unary((request, disconnected) => resources.read(session, request, disconnected)),
    update: unary((request, disconnected) => resources.update(session, request, disconnected)),
    delete: unary((request, disconnected) => resources.remove(session, request, disconnected)),
    invoke: unary((request, disconnected) => invokeFunction(session, request, disconnected)),
    list: calls.streaming((request, disconnected) => listResources(session, request, disconnected)),
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

/** An engine that has started this process names the folder that it found it in; one that attaches to it cannot. */
function handshake(
  session: EngineSession,
  watch: EngineWatch,
  request: ProviderHandshakeRequest,
): ProviderHandshakeResponse {
  session.attach(request.getEngineAddress());
  if (request.hasRootDirectory()) watch.watch(request.getEngineAddress());
  return new ProviderHandshakeResponse()
    .setAcceptSecrets(true)
    .setAcceptResources(true)
    .setSupportsAutonamingConfiguration(true);
}

/** Somebody else has started this process, and ends it: engines come and go. */
function attach(session: EngineSession, watch: EngineWatch, address: string): void {
  watch.end();
  session.attach(address);
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
