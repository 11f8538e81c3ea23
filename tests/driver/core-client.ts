import { CloudflareError } from "../../provider/kv/error";
import { InitFailedError } from "../../provider/pulumi/errors";
import type { Properties } from "../../tools/engine/property";
import { nameOf, typeOf } from "../../tools/engine/urn";
import type { TypeName, World } from "../resources/world";
import { type DoorClient, printedFailure, Refusal } from "./door-client";

/** The resources themselves, below both doors: in a run of its own, and without secrets. */
export function coreClient(world: World): DoorClient {
  world.endRun();
  const of = (urn: string) => {
    const type = typeOf(urn).replace("cloudflare-kv:index:", "") as TypeName;
    return { provider: world.provider(type), call: { ...world.call(nameOf(urn), {}, type), urn } };
  };
  return {
    async configure() {
      return {};
    },
    async check(urn, olds, news) {
      const { provider, call } = of(urn);
      const { inputs, failures } = await answered(provider.check(olds, news, call));
      return { answer: inputs as Properties, failures: failures.map((failure) => printedFailure(failure, news)) };
    },
    async diff(urn, { id, outs }, news) {
      const { provider, call } = of(urn);
      const answer = await answered(provider.diff(id, outs, news, call));
      return { answer, changes: answer.changes, replaces: answer.replaces.length > 0 };
    },
    async create(urn, inputs) {
      const { provider, call } = of(urn);
      const { id, outs } = await answered(provider.create(inputs, call));
      return { state: { id, inputs, outs: outs as Properties } };
    },
    async update(urn, { id, outs: olds }, inputs) {
      const { provider, call } = of(urn);
      const { outs } = await answered(provider.update(id, olds, inputs, call));
      return { state: { id, inputs, outs: outs as Properties } };
    },
    async read(urn, state) {
      const { provider, call } = of(urn);
      const { id, props, inputs } = await answered(provider.read(state.id, state.outs, call));
      const found = { id, inputs: inputs as Properties, outs: props as Properties };
      return id === "" ? {} : { state: found };
    },
    async delete(urn, { id, outs }) {
      const { provider, call } = of(urn);
      await answered(provider.delete(id, outs, call));
      return {};
    },
  };
}

/** A defect of our own is no refusal. */
function answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((error: unknown) => {
    if (error instanceof InitFailedError) {
      const unfinished = { id: error.id, outs: error.properties as Properties };
      throw new Refusal(error.message, [], error.reasons, unfinished);
    }
    throw error instanceof CloudflareError ? new Refusal(error.message, []) : error;
  });
}
