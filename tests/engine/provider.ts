import { randomBytes } from "node:crypto";
import path from "node:path";
import { credentials, Metadata, type MethodDefinition, status } from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService as service } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  DiffResponse,
  InvokeRequest,
  ProviderHandshakeRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { CallError, channelOptions, encode, plain, type RpcRecord } from "./call";
import { type Diff, diffOf } from "./diff";
import { type Command, type Process, startServer } from "./process";
import { type Properties, withContentsOf, withoutContents, withoutSecrets, withSecretsOf } from "./property";
import type { Run } from "./run";
import type { ResourceState } from "./state";
import { nameOf, typeOf } from "./urn";

/** The answer to a check, of a resource or of a provider's configuration, and to a function's call. */
export interface Answer {
  readonly properties: Properties;
  readonly failures: { readonly property: string; readonly reason: string }[];
}

/** What a create, an update or a read leaves; with `reasons` the object is there, but not as it should be. */
export interface Outcome {
  readonly id: string;
  readonly properties: Properties | undefined;
  readonly inputs?: Properties | undefined;
  readonly reasons?: string[];
}

/** One provider process, called as the engine calls it. */
export class Provider {
  private acceptsSecrets = false;
  private supportsPreview = false;
  private configured = Promise.resolve();

  private constructor(
    private readonly name: string,
    private readonly process: Process,
    private readonly client: ResourceProviderClient,
    private readonly run: Run,
  ) {}

  static async start(name: string, command: Command, run: Run): Promise<Provider> {
    const [process, address] = await startServer(command, run.print);
    const client = new ResourceProviderClient(address, credentials.createInsecure(), channelOptions);
    const provider = new Provider(name, process, client, run);
    await provider.handshake(path.dirname(command.file));
    return provider;
  }

  async checkConfig(urn: string, olds: Properties, news: Properties): Promise<Answer> {
    const fields = { olds: withoutSecrets(olds), news: withoutSecrets(news) };
    const response = await implemented(this.send(service.checkConfig, new CheckRequest(), urn, fields));
    if (!response) return { properties: news, failures: [] };
    const properties = withSecretsOf(plain(response.getInputs()) ?? {}, news);
    return { properties, failures: response.getFailuresList().map((failure) => failure.toObject()) };
  }

  async diffConfig({ urn, inputs, outputs }: ResourceState, news: Properties): Promise<Diff> {
    const fields = {
      oldInputs: withoutSecrets(inputs),
      olds: withoutSecrets(outputs),
      news: withoutSecrets(news),
    };
    const response = await implemented(this.send(service.diffConfig, new DiffRequest(), urn, fields));
    return diffOf(response ?? new DiffResponse(), outputs, news);
  }

  /** Returns at once: as in the engine, the other calls wait for it, and fail with what went wrong here. */
  configure(urn: string, id: string, args: Properties): void {
    const request = new ConfigureRequest();
    for (const [key, value] of Object.entries(withoutSecrets(args))) {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      if (key !== "version") request.getVariablesMap().set(`${this.name}:config:${key}`, text);
    }
    const accepts = { acceptsecrets: true, acceptresources: true, sendsOldInputs: true, sendsOldInputsToDelete: true };
    const answered = this.send(service.configure, request, urn, { id, args, ...accepts });
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
    const properties = this.inbound(plain(response.getInputs()) ?? {}, news);
    return { properties, failures: response.getFailuresList().map((failure) => failure.toObject()) };
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
    return this.settled("", inputs, async () => {
      const fields = { properties: this.outbound(inputs), preview };
      const response = await this.send(service.create, new CreateRequest(), urn, fields);
      if (!preview && !response.getId()) throw new Error("provider did not return an ID from Create");
      return { id: response.getId(), properties: plain(response.getProperties()) };
    });
  }

  async update({ urn, id = "", inputs, outputs }: ResourceState, news: Properties): Promise<Outcome> {
    await this.configured;
    const { preview } = this.run;
    if (preview && !this.supportsPreview) return { id, properties: news };
    return this.settled(id, news, async () => {
      const olds = { oldInputs: this.elided(inputs), olds: this.elided(outputs) };
      const fields = { id, ...olds, news: this.outbound(news), preview };
      const response = await this.send(service.update, new UpdateRequest(), urn, fields);
      return { id, properties: plain(response.getProperties()) };
    });
  }

  /** With an empty id, or without properties, the object is gone. */
  async read({ urn, id, inputs, outputs }: ResourceState): Promise<Outcome> {
    await this.configured;
    const found = await this.settled("", outputs, async () => {
      const fields = { id, inputs: this.elided(inputs), properties: this.elided(outputs) };
      const response = await this.send(service.read, new ReadRequest(), urn, fields);
      const live = { properties: plain(response.getProperties()), inputs: plain(response.getInputs()) };
      return { id: response.getId(), ...live };
    });
    return {
      ...found,
      properties: found.properties && withContentsOf(found.properties, inputs),
      inputs: found.inputs && withContentsOf(this.inbound(found.inputs, inputs), inputs),
    };
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
    const failures = response.getFailuresList().map((failure) => failure.toObject());
    return { properties: plain(response.getReturn()) ?? {}, failures };
  }

  /** Cancel, which the engine sends at the end of every operation, and then the end of the process. */
  async stop(): Promise<void> {
    await this.send(service.cancel, new Empty(), "", {}).catch(() => {});
    this.client.close();
    await this.process.end();
  }

  private async handshake(folder: string): Promise<void> {
    const folders = { rootDirectory: folder, programDirectory: folder };
    const offers = { configureWithUrn: true, invokeWithPreview: true };
    const fields = { engineAddress: this.run.engineAddress, ...folders, ...offers };
    const response = await implemented(this.send(service.handshake, new ProviderHandshakeRequest(), "", fields));
    this.acceptsSecrets = response?.getAcceptSecrets() ?? false;
    this.supportsPreview = response !== undefined;
    await this.send(service.getPluginInfo, new Empty(), "", {});
  }

  private async settled(id: string, originals: Properties, call: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = await call().catch((error: unknown): Outcome => {
      if (!(error instanceof CallError) || !error.unfinished) throw error;
      return { ...error.unfinished, id: error.unfinished.id || id };
    });
    return { ...outcome, properties: outcome.properties && this.inbound(outcome.properties, originals) };
  }

  private outbound(properties: Properties): Properties {
    return this.acceptsSecrets ? properties : withoutSecrets(properties);
  }

  private elided(properties: Properties): Properties {
    return withoutContents(this.outbound(properties));
  }

  private inbound(properties: Properties, originals: Properties): Properties {
    return this.acceptsSecrets ? properties : withSecretsOf(properties, originals);
  }

  private async send<Q extends object, R>(
    method: MethodDefinition<Q, R>,
    request: Q,
    urn: string,
    fields: RpcRecord["request"],
  ): Promise<R> {
    const subject = urn === "" ? {} : { urn, name: nameOf(urn), type: typeOf(urn) };
    encode(request, { ...subject, ...fields });
    const record: RpcRecord = { method: path.basename(method.path), urn, package: this.name, request: fields };
    await this.run.calling(record, this.process.pid);
    const { path: at, requestSerialize, responseDeserialize } = method;
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        at,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        (error, response) => {
          if (!error) return response ? resolve(response) : reject(new Error(`${record.method}: no answer`));
          const failure = new CallError(error);
          record.error = failure.message;
          reject(failure);
        },
      );
    });
  }
}

/** Undefined where the provider says that it does not have the method. */
async function implemented<R>(answer: Promise<R>): Promise<R | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CallError && error.code === status.UNIMPLEMENTED) return undefined;
    throw error;
  }
}
