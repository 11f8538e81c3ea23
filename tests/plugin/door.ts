import type { ServiceError } from "@grpc/grpc-js";
import type { Core, ResourceType } from "../../provider/core";
import { type PluginServer, startServer } from "../../provider/entries/plugin/server";
import type { ResourceProvider } from "../../provider/pulumi/resource-provider";
import { connect, type ProviderClient } from "../../tools/provider-client";

export const token = "cloudflare-kv:index:KeyValue";
export const urn = `urn:pulumi:dev::app::my:component$${token}::key`;

export const schema = '{"name":"cloudflare-kv"}';

/** A plugin in this process, and the engine's end of the connection to it. */
export interface Door extends ProviderClient {
  readonly server: PluginServer;
}

const doors: Door[] = [];

export async function openDoor(core: Core | (() => Core), env: NodeJS.ProcessEnv = {}): Promise<Door> {
  const server = await startServer({
    core: typeof core === "function" ? core : () => core,
    schema: () => schema,
    env,
  });
  const door = { ...connect(`127.0.0.1:${server.port}`, { "grpc.max_receive_message_length": -1 }), server };
  doors.push(door);
  return door;
}

/** For `afterEach`. */
export async function closeDoors(): Promise<void> {
  for (const door of doors.splice(0)) {
    door.close();
    await door.server.stop();
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

/** The error of a call that has to fail. */
export async function failure(call: Promise<unknown>): Promise<ServiceError> {
  return call.then(
    () => {
      throw new Error("the call was expected to fail");
    },
    (error: ServiceError) => error,
  );
}
