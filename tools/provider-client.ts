import {
  type CallOptions,
  type ChannelOptions,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import {
  type IResourceProviderClient,
  ResourceProviderClient,
  ResourceProviderService as service,
} from "@pulumi/pulumi/proto/provider_grpc_pb";

/** Messages of 400 MiB, as everywhere in Pulumi. */
export const channelOptions = { "grpc.max_receive_message_length": 400 * 1024 * 1024 };

type Service = typeof service;
/** All but the one that answers with a stream. */
type Method = Exclude<keyof IResourceProviderClient, "list">;

/** The protocol's calls. One that is answered with an error rejects with a ServiceError. */
export type Calls = {
  readonly [M in Method]: Service[M] extends MethodDefinition<infer Q, infer R>
    ? (request: Q, options?: CallOptions) => Promise<R>
    : never;
};

type Unary<Q, R> = Pick<MethodDefinition<Q, R>, "path" | "requestSerialize" | "responseDeserialize">;

/** The engine's end of the connection to a provider. */
export interface ProviderClient extends Calls {
  send<Q, R>(method: Unary<Q, R>, request: Q, options?: CallOptions): Promise<R>;
  /** Sends bytes as they are, to any path, and answers with bytes. */
  sendBytes(path: string, bytes: Uint8Array, options?: CallOptions): Promise<Buffer>;
  /** For a call that is to be cancelled, and one that answers with a stream. */
  readonly stub: ResourceProviderClient;
  close(): void;
}

/** The connection is made with the first call. */
export function connect(address: string, options: ChannelOptions = {}): ProviderClient {
  const stub = new ResourceProviderClient(address, credentials.createInsecure(), { ...channelOptions, ...options });
  const send = <Q, R>(method: Unary<Q, R>, request: Q, callOptions: CallOptions = {}): Promise<R> =>
    new Promise((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = method;
      const end = (error: ServiceError | null, response?: R) => (error ? reject(error) : resolve(response as R));
      stub.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, new Metadata(), callOptions, end);
    });
  const calls = Object.entries(service as unknown as Record<string, MethodDefinition<unknown, unknown>>);
  const named = calls.map(([name, method]) => [
    name,
    (request: unknown, callOptions?: CallOptions) => send(method, request, callOptions),
  ]);
  const bytes = { requestSerialize: Buffer.from, responseDeserialize: (buffer: Buffer) => buffer };
  return {
    ...(Object.fromEntries(named) as Calls),
    send,
    sendBytes: (path, request, callOptions) => send({ path, ...bytes }, Buffer.from(request), callOptions),
    stub,
    close: () => stub.close(),
  };
}
