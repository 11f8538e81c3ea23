import { type ServiceError, status } from "@grpc/grpc-js";
import {
  CheckRequest,
  type CheckResponse,
  ConfigureRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  ProviderHandshakeRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import type { Core } from "../../provider/core";
import { CallError, encode, plain } from "../../tools/engine/call";
import { diffOf } from "../../tools/engine/diff";
import { type Properties, withoutSecrets } from "../../tools/engine/property";
import { openDoor } from "../plugin/door";
import { type Checked, type DoorClient, printedFailure, Refusal } from "./door-client";

export interface PluginClient extends DoorClient {
  checkConfig(config: Properties): Promise<Checked>;
  close(): Promise<void>;
}

/** The plugin, through gRPC. */
export async function pluginClient(core: Core, engineAddress: string): Promise<PluginClient> {
  const door = await openDoor(core);
  await door.handshake(new ProviderHandshakeRequest().setEngineAddress(engineAddress));
  return {
    async checkConfig(config) {
      return checkAnswer(await answered(door.checkConfig(encode(new CheckRequest(), { news: config }))), config);
    },
    async configure(config) {
      await answered(door.configure(encode(new ConfigureRequest(), { args: config, acceptsecrets: true })));
      return {};
    },
    async check(urn, olds, news) {
      return checkAnswer(await answered(door.check(encode(new CheckRequest(), { urn, olds, news }))), news);
    },
    async diff(urn, { id, inputs, outs }, news) {
      const request = encode(new DiffRequest(), { urn, id, olds: outs, oldInputs: inputs, news });
      const response = await answered(door.diff(request));
      const { changes, replace: replaces } = diffOf(response, inputs, news);
      return { answer: response.toObject(), changes, replaces };
    },
    async create(urn, inputs) {
      const response = await answered(door.create(encode(new CreateRequest(), { urn, properties: inputs })));
      const [id, outs] = [response.getId(), plain(response.getProperties()) ?? {}];
      return { answer: { id, outs }, state: { id, inputs, outs } };
    },
    async update(urn, { id, inputs: oldInputs, outs: olds }, inputs) {
      const request = encode(new UpdateRequest(), { urn, id, olds, oldInputs, news: inputs });
      const outs = plain((await answered(door.update(request))).getProperties()) ?? {};
      return { answer: outs, state: { id, inputs, outs } };
    },
    async read(urn, state) {
      const request = encode(new ReadRequest(), { urn, id: state.id, properties: state.outs, inputs: state.inputs });
      const response = await answered(door.read(request));
      const [id, outs, inputs] = [response.getId(), plain(response.getProperties()), plain(response.getInputs())];
      const found = { id, inputs: inputs ?? state.inputs, outs: outs ?? state.outs };
      return { answer: { id, outs, inputs }, ...(id !== "" && { state: found }) };
    },
    async delete(urn, { id, inputs, outs }) {
      await answered(door.delete(encode(new DeleteRequest(), { urn, id, properties: outs, oldInputs: inputs })));
      return {};
    },
    async close() {
      door.close();
      await door.server.stop();
    },
  };
}

function checkAnswer(response: CheckResponse, news: Properties): Checked {
  const shown = withoutSecrets(news);
  const failures = response.getFailuresList().map((failure) => printedFailure(failure.toObject(), shown));
  return { answer: plain(response.getInputs()) ?? {}, failures };
}

/** A defect of our own is no refusal. */
function answered<Response>(response: Promise<Response>): Promise<Response> {
  return response.catch((error: ServiceError) => {
    const { code, message, unfinished } = new CallError(error);
    if (code === status.INTERNAL) throw error;
    const kept = unfinished && { id: unfinished.getId(), outs: plain(unfinished.getProperties()) ?? {} };
    throw new Refusal(message, [error.message], unfinished?.getReasonsList(), kept);
  });
}
