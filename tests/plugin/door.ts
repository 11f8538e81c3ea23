import { credentials, type MethodDefinition, type ServiceError } from "@grpc/grpc-js";
import {
  type IResourceProviderClient,
  ResourceProviderClient,
  type ResourceProviderService,
} from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { Core, ResourceType } from "../../provider/core";
import { type PluginServer, serve } from "../../provider/entries/plugin/server";
import type { ResourceProvider } from "../../provider/pulumi/resource-provider";

export const token = "cloudflare-kv:index:KeyValue";
export const urn = `urn:pulumi:dev::app::my:component$${token}::key`;

export const schema = '{"name":"cloudflare-kv"}';

type Service = typeof ResourceProviderService;
type Method = Exclude<keyof IResourceProviderClient, "list">;
type Calls = {
  [M in Method]: Service[M] extends MethodDefinition<infer Request, infer Response>
    ? (request: Request) => Promise<Response>
    : never;
};

/** A plugin in this process, and the engine's end of the connection to it. */
export interface Door extends Calls {
  readonly client: ResourceProviderClient;
  readonly server: PluginServer;
}

const doors: Door[] = [];

export async function openDoor(core: Core | (() => Core), env: NodeJS.ProcessEnv = {}): Promise<Door> {
  const server = await serve({
    core: typeof core === "function" ? core : () => core,
    schema: () => schema,
    env,
  });
  const door = connect(server);
  doors.push(door);
  return door;
}

/** For `afterEach`. */
export async function closeDoors(): Promise<void> {
  for (const { client, server } of doors.splice(0)) {
    client.close();
    await server.stop();
  }
}

/** A core with one type of resource, of which a test gives the part that it is about. */
export function coreWith(
  life: Partial<ResourceProvider>,
  rest: Partial<Core & Omit<ResourceType, "provider" | "token">> = {},
): Core {
  const { secretOutputs = [], derivedOutputs = {}, ...core } = rest;
  return {
    resources: new Map([[token, { token, provider: life as ResourceProvider, secretOutputs, derivedOutputs }]]),
    functions: new Map(),
    listings: new Map(),
    checkConfig: (inputs) => ({ inputs, failures: [], secrets: [] }),
    configure() {},
    attach() {},
    cancel() {},
    ...core,
  };
}

/** Sends bytes as they are, and resolves with the error, if there is one. */
export async function sendBytes({ client }: Door, path: string, bytes: Uint8Array): Promise<ServiceError | null> {
  const raw = (buffer: Buffer) => buffer;
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, raw, raw, Buffer.from(bytes), (error) => resolve(error));
  });
}

/** The error of a call that has to fail. */
export async function failure(call: Promise<unknown>): Promise<ServiceError> {
  return call.then(
    () => {
      throw new Error("the call was expected to fail");
    },
    (error: ServiceError) => error,
  );
}

function connect(server: PluginServer): Door {
  const client = new ResourceProviderClient(`127.0.0.1:${server.port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
  });
  return new Proxy({ client, server } as Door, {
    get(door, name) {
      if (name in door) return Reflect.get(door, name);
      const method = Reflect.get(client, name);
      if (typeof method !== "function") return undefined;
      return (request: unknown) =>
        new Promise((resolve, reject) => {
          method.call(client, request, (error: unknown, response: unknown) =>
            error ? reject(error) : resolve(response),
          );
        });
    },
  });
}
