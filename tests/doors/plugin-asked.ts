import type { ServiceError } from "@grpc/grpc-js";
import {
  CheckRequest,
  type CheckResponse,
  ConfigureRequest,
  CreateRequest,
  DiffRequest,
  ProviderHandshakeRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import type { Core } from "../../provider/core";
import { CallError, encode, plain } from "../engine/call";
import { type Properties, withoutSecrets } from "../engine/property";
import { openDoor } from "../plugin/door";
import { type Answer, type Asked, printedFailure, Refusal } from "./asked";

export interface AskedPlugin extends Asked {
  checkConfig(config: Readonly<Record<string, string>>): Promise<Answer>;
}

/** The plugin, through gRPC. */
export async function askedPlugin(core: Core, engineAddress: string): Promise<AskedPlugin> {
  const door = await openDoor(core);
  await door.handshake(new ProviderHandshakeRequest().setEngineAddress(engineAddress));
  return {
    async checkConfig(config) {
      return checkAnswer(await answered(door.checkConfig(encode(new CheckRequest(), { news: config }))), config);
    },
    async configure(config) {
      await answered(door.configure(encode(new ConfigureRequest(), { args: config })));
      return {};
    },
    async check(urn, olds, news) {
      return checkAnswer(await answered(door.check(encode(new CheckRequest(), { urn, olds, news }))), news);
    },
    async diff(urn, { id, outs }, news) {
      const response = await answered(door.diff(encode(new DiffRequest(), { urn, id, olds: outs, news })));
      return { answer: response.toObject() };
    },
    async create(urn, inputs) {
      const response = await answered(door.create(encode(new CreateRequest(), { urn, properties: inputs })));
      const [id, outs] = [response.getId(), plain(response.getProperties()) ?? {}];
      return { answer: { id, outs }, state: { id, inputs, outs } };
    },
    async update(urn, { id, outs: olds }, inputs) {
      const response = await answered(door.update(encode(new UpdateRequest(), { urn, id, olds, news: inputs })));
      const outs = plain(response.getProperties()) ?? {};
      return { answer: outs, state: { id, inputs, outs } };
    },
  };
}

function checkAnswer(response: CheckResponse, news: Properties): Answer {
  const shown = withoutSecrets(news);
  const failures = response.getFailuresList().map((failure) => printedFailure(failure.toObject(), shown));
  return { answer: plain(response.getInputs()), failures };
}

function answered<Response>(response: Promise<Response>): Promise<Response> {
  return response.catch((error: ServiceError) => {
    const { unfinished } = new CallError(error);
    throw new Refusal([error.message], unfinished?.getReasonsList(), plain(unfinished?.getProperties()));
  });
}
