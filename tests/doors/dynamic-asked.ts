import type { Core } from "../../provider/core";
import { dynamicDoor } from "../../provider/dynamic";
import type { InitFailedError } from "../../provider/resources/resource";
import { changesBetween, type Properties, withoutSecrets, withSecretsOf } from "../engine/property";
import { typeOf } from "../engine/urn";
import { type Asked, printedFailure, Refusal } from "./asked";

/** The dynamic door, called as Pulumi's process does. It is told no secrets, and the engine wraps its answers. */
export function askedDynamic(core: Core, engineAddress: string): Asked {
  const door = dynamicDoor(core, () => engineAddress);
  const lifeOf = (urn: string) => required(door(typeOf(urn).replace("cloudflare-kv:index:", "")));
  return {
    async configure(config) {
      const get = (key: string) => config[key.replace("cloudflare-kv:", "")]?.toString();
      const require = (key: string) => get(key) ?? "";
      await required(door("KeyValue")).configure({ config: { get, require } });
      return {};
    },
    async check(urn, olds, news) {
      const sent = told(urn, news);
      const { inputs = sent, failures = [] } = await answered(lifeOf(urn).check(withoutSecrets(olds), sent), news);
      return {
        answer: wrapped(inputs, news),
        failures: failures.map((failure) => printedFailure(failure, withoutSecrets(news))),
      };
    },
    async diff(urn, { id, inputs, outs }, news) {
      const answer = await answered(lifeOf(urn).diff(id, withoutSecrets(outs), told(urn, news)), news);
      const { changes = Object.keys(changesBetween(inputs, news)).length > 0, replaces = [] } = answer;
      return { answer, changes, replaces: replaces.length > 0 };
    },
    async create(urn, inputs) {
      const { id, outs = {} } = await answered(lifeOf(urn).create(told(urn, inputs)), inputs);
      const kept = wrapped(outs, inputs);
      return { answer: { id, outs: kept }, state: { id, inputs, outs: kept } };
    },
    async update(urn, { id, outs: olds }, inputs) {
      const sent = told(urn, inputs);
      const { outs = {} } = await answered(lifeOf(urn).update(id, withoutSecrets(olds), sent), inputs);
      const kept = wrapped(outs, inputs);
      return { answer: kept, state: { id, inputs, outs: kept } };
    },
    async read(urn, state) {
      const found = await answered(lifeOf(urn).read(state.id, withoutSecrets(state.outs)), state.outs);
      const { id = "", props = {}, inputs = {} } = found as { id?: string; props?: object; inputs?: object };
      const kept = { id, inputs: wrapped(inputs, state.inputs), outs: wrapped(props, state.outs) };
      return { answer: kept, ...(id !== "" && { state: kept }) };
    },
    async delete(urn, { id, outs }) {
      await answered(lifeOf(urn).delete(id, withoutSecrets(outs)), outs);
      return {};
    },
  };
}

function told(urn: string, properties: Properties): Properties {
  return { ...withoutSecrets(properties), __urn: urn };
}

/** The process prints the stack of an error, which is left to defects of our own, and answers with the rest. */
function answered<Result>(result: Promise<Result>, news: Properties): Promise<Result> {
  return result.catch((error: Error & Partial<InitFailedError>) => {
    const { message, stack, reasons, id, properties = {} } = error;
    if (stack !== "") throw error;
    const unfinished = id === undefined ? undefined : { id, outs: wrapped(properties, news) };
    throw new Refusal(message, [message, `${error}`], reasons, unfinished);
  });
}

function wrapped(properties: object, news: Properties): Properties {
  return withSecretsOf(properties as Properties, news);
}

function required<Part extends object>(part: Part): Required<Part> {
  return part as Required<Part>;
}
