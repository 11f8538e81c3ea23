import { randomBytes } from "node:crypto";
import path from "node:path";
import { type CallOptions, type MethodDefinition, type ServiceError, status } from "@grpc/grpc-js";
import { ResourceProviderService as service } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  type CheckFailure,
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  DiffResponse,
  ErrorResourceInitFailed,
  InvokeRequest,
  ProviderHandshakeRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import type { Message } from "google-protobuf";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { connect, type ProviderClient } from "../provider-client";
import { type Answer, CallError, encode, plain, type RpcRecord } from "./call";
import { type Diff, diffOf } from "./diff";
import type { StartedProvider } from "./operation";
import { type Properties, withContentsOf, withoutContents, withoutSecrets, withSecretsOf } from "./property";
import type { Run } from "./run";
import type { ResourceState } from "./state";
import { nameOf, typeOf } from "./urn";

/** What a create, an update or a read leaves; with `reasons` the object is there, but not as it should be. */
export interface Outcome {
  readonly id: string | undefined;
  readonly properties: Properties | undefined;
  readonly inputs?: Properties | undefined;
  readonly reasons?: string[];
  readonly refreshBeforeUpdate?: boolean;
}

/** One provider process, called as the engine calls it. */
export class Provider {
  private acceptsSecrets = false;
  private supportsPreview = false;
  private configured = Promise.resolve();

  private constructor(
    private readonly name: string,
    private readonly started: StartedProvider,
    private readonly client: ProviderClient,
    private readonly run: Run,
  ) {}

  /** @param folder Where its executable is. */
  static async open(name: string, started: StartedProvider, folder: string, run: Run): Promise<Provider> {
    const provider = new Provider(name, started, connect(started.address), run);
    await provider.handshake(folder);
    return provider;
  }

  async checkConfig(urn: string, olds: Properties, news: Properties): Promise<Answer> {
    const fields = { olds: withoutSecrets(olds), news: withoutSecrets(news) };
    const response = await implemented(this.send(service.checkConfig, new CheckRequest(), urn, fields));
    if (!response) return { properties: news, failures: [] };
    return answer(withSecretsOf(plain(response.getInputs()) ?? {}, news), response.getFailuresList());
  }

  async diffConfig({ urn, inputs, outputs }: ResourceState, news: Properties): Promise<Diff> {
    const [oldInputs, olds] = [withoutSecrets(inputs), withoutSecrets(outputs)];
    const fields = { oldInputs, olds, news: withoutSecrets(news) };
    const response = await implemented(this.send(service.diffConfig, new DiffRequest(), urn, fields));
    return diffOf(response ?? new DiffResponse(), outputs, news);
  }

  /** Returns at once: as in the engine, the other calls wait for it, and fail with what went wrong here. */
  configure(urn: string, id: string, args: Properties): void {
    const accepts = { acceptsecrets: true, acceptresources: true, sendsOldInputs: true, sendsOldInputsToDelete: true };
    const answered = this.send(service.configure, new ConfigureRequest(), urn, { id, args, ...accepts });
    this.configured = answered.then((response) => {
      this.acceptsSecrets ||= response.getAcceptsecrets();
      this.supportsPreview ||= response.getSupportspreview();
    });
    this.configured.catch(() => {});
  }

  async check(urn: string, olds: Properties, news: Properties): Promise<Answer> {
    await this.configured;
    const randomseed = new Uint8Array(randomBytes(32));
    const fields = { olds: this.outbound(olds), news: this.outbound(news), randomseed };
    const response = await this.send(service.check, new CheckRequest(), urn, fields);
    return answer(this.inbound(response.getInputs(), news) ?? {}, response.getFailuresList());
  }

  async diff({ urn, id, inputs, outputs }: ResourceState, news: Properties): Promise<Diff> {
    await this.configured;
    const fields = { id, oldInputs: this.elided(inputs), olds: this.elided(outputs), news: this.elided(news) };
    return diffOf(await this.send(service.diff, new DiffRequest(), urn, fields), inputs, news);
  }

  async create(urn: string, inputs: Properties): Promise<Outcome> {
    await this.configured;
    const { preview } = this.run;
    if (preview && !this.supportsPreview) return { id: "", properties: inputs };
    const fields = { properties: this.outbound(inputs), preview };
    const response = await unfinished(this.send(service.create, new CreateRequest(), urn, fields));
    if (!preview && !response.getId()) throw new Error("provider did not return an ID from Create");
    return this.outcome(response.getId(), response, inputs);
  }

  async update({ urn, id, inputs, outputs }: ResourceState, news: Properties): Promise<Outcome> {
    await this.configured;
    const { preview } = this.run;
    if (preview && !this.supportsPreview) return { id, properties: news };
    const olds = { oldInputs: this.elided(inputs), olds: this.elided(outputs) };
    const fields = { id, ...olds, news: this.outbound(news), preview };
    const response = await unfinished(this.send(service.update, new UpdateRequest(), urn, fields));
    return this.outcome(id, response, news);
  }

  /** With an empty id, or without properties, the object is gone. */
  async read({ urn, id, inputs, outputs }: ResourceState): Promise<Outcome> {
    await this.configured;
    const fields = { id, inputs: this.elided(inputs), properties: this.elided(outputs) };
    const response = await unfinished(this.send(service.read, new ReadRequest(), urn, fields));
    const { properties, ...found } = this.outcome(response.getId(), response, outputs);
    const live = this.inbound(response.getInputs(), inputs);
    const restored = (bag: Properties | undefined) => bag && withContentsOf(bag, inputs);
    return { ...found, properties: restored(properties), inputs: restored(live) };
  }

  async delete({ urn, id, inputs, outputs }: ResourceState): Promise<void> {
    await this.configured;
    const fields = { id, oldInputs: this.elided(inputs), properties: this.elided(outputs) };
    await this.send(service.delete, new DeleteRequest(), urn, fields);
  }

  async invoke(tok: string, args: Properties): Promise<Answer> {
    await this.configured;
    const fields = { tok, args: this.outbound(args), preview: this.run.preview };
    const response = await this.send(service.invoke, new InvokeRequest(), "", fields);
    return answer(plain(response.getReturn()) ?? {}, response.getFailuresList());
  }

  /** Cancel, which the engine sends at the end of every operation, and then the end of the process. */
  async stop(): Promise<void> {
    await this.cancel();
    this.client.close();
    await this.started.end();
  }

  async cancel(): Promise<void> {
    const soon = { deadline: Date.now() + 5_000 };
    await this.send(service.cancel, new Empty(), "", {}, soon).catch(() => {});
  }

  private async handshake(folder: string): Promise<void> {
    const folders = { rootDirectory: folder, programDirectory: folder };
    const offers = { configureWithUrn: true, invokeWithPreview: true, supportsRefreshBeforeUpdate: true };
    const fields = { engineAddress: this.run.engineAddress, ...folders, ...offers };
    const response = await implemented(this.send(service.handshake, new ProviderHandshakeRequest(), "", fields));
    this.acceptsSecrets = response?.getAcceptSecrets() ?? false;
    this.supportsPreview = response !== undefined;
    await this.send(service.getPluginInfo, new Empty(), "", {});
  }

  private outcome(id: string | undefined, response: Result, originals: Properties): Outcome {
    const properties = this.inbound(response.getProperties(), originals);
    return {
      id,
      properties,
      ...(response.getRefreshBeforeUpdate() && { refreshBeforeUpdate: true }),
      ...(response instanceof ErrorResourceInitFailed && { reasons: response.getReasonsList() }),
    };
  }

  private outbound(properties: Properties): Properties {
    return this.acceptsSecrets ? properties : withoutSecrets(properties);
  }

  private elided(properties: Properties): Properties {
    return withoutContents(this.outbound(properties));
  }

  private inbound(struct: Struct | undefined, originals: Properties): Properties | undefined {
    const properties = plain(struct);
    return properties && !this.acceptsSecrets ? withSecretsOf(properties, originals) : properties;
  }

  private async send<Q extends object, R extends Message>(
    method: MethodDefinition<Q, R>,
    request: Q,
    urn: string,
    fields: RpcRecord["request"],
    options: CallOptions = {},
  ): Promise<R> {
    encode(request, urn === "" ? fields : { urn, name: nameOf(urn), type: typeOf(urn), ...fields });
    const record: RpcRecord = { method: path.basename(method.path), urn, package: this.name, request: fields };
    await this.run.calling(record, this.started.pid);
    try {
      const response = await this.client.send(method, request, options);
      this.run.answered(record, response);
      return response;
    } catch (error) {
      const failure = new CallError(error as ServiceError);
      record.error = failure.message;
      if (failure.unfinished) this.run.answered(record, failure.unfinished);
      throw failure;
    }
  }
}

type Result = { getProperties(): Struct | undefined; getRefreshBeforeUpdate(): boolean };

/** The answer, or what an error says was made in spite of it. */
async function unfinished<R>(answered: Promise<R>) {
  try {
    return await answered;
  } catch (error) {
    if (error instanceof CallError && error.unfinished) return error.unfinished;
    throw error;
  }
}

/** Undefined where the provider says that it does not have the method. */
async function implemented<R>(answered: Promise<R>): Promise<R | undefined> {
  try {
    return await answered;
  } catch (error) {
    if (error instanceof CallError && error.code === status.UNIMPLEMENTED) return undefined;
    throw error;
  }
}

function answer(properties: Properties, failures: CheckFailure[]): Answer {
  return { properties, failures: failures.map((failure) => failure.toObject()) };
}
