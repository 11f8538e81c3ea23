import type { Core } from "../../provider/core";
import { dynamicHost } from "../../provider/entries/dynamic";
import type { InitFailedError } from "../../provider/pulumi/errors";
import { type Path, secretPath } from "../../provider/pulumi/secret-inputs";
import {
  changesBetween,
  isSecret,
  type Properties,
  type Value,
  withoutSecrets,
  withSecretsOf,
} from "../../tools/engine/property";
import { typeOf } from "../../tools/engine/urn";
import { type DoorClient, printedFailure, Refusal, type State } from "./door-client";

/**
 * The dynamic door, called as Pulumi's process does. It is told which inputs are secret by the classes alone, and the
 * engine wraps its answers.
 */
export function dynamicClient(core: Core, engineAddress: string): DoorClient {
  const door = dynamicHost(core, () => engineAddress);
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
    async diff(urn, state, news) {
      const { id, inputs } = state;
      const answer = await answered(lifeOf(urn).diff(id, kept(urn, state), told(urn, news)), news);
      const { changes = Object.keys(changesBetween(inputs, news)).length > 0, replaces = [] } = answer;
      return { answer, changes, replaces: replaces.length > 0 };
    },
    async create(urn, inputs) {
      const { id, outs = {} } = await answered(lifeOf(urn).create(told(urn, inputs)), inputs);
      const made = wrapped(outs, inputs);
      return { answer: { id, outs: made }, state: { id, inputs, outs: made } };
    },
    async update(urn, state, inputs) {
      const { id } = state;
      const answer = await answered(lifeOf(urn).update(id, kept(urn, state), told(urn, inputs)), inputs);
      const outs = wrapped(answer.outs ?? {}, inputs);
      return { answer: outs, state: { id, inputs, outs } };
    },
    async read(urn, state) {
      const found = await answered(lifeOf(urn).read(state.id, kept(urn, state)), state.outs);
      const { id = "", props = {}, inputs = {} } = found as { id?: string; props?: object; inputs?: object };
      const now = { id, inputs: wrapped(inputs, state.inputs), outs: wrapped(props, state.outs) };
      return { answer: now, ...(id !== "" && { state: now }) };
    },
    async delete(urn, state) {
      await answered(lifeOf(urn).delete(state.id, kept(urn, state)), state.outs);
      return {};
    },
  };
}

/** What the engine has kept of the outputs, in which the internal inputs are. */
function kept(urn: string, { inputs, outs }: State): Properties {
  return { ...withoutSecrets(outs), ...internal(urn, inputs) };
}

function told(urn: string, properties: Properties): Properties {
  return { ...withoutSecrets(properties), ...internal(urn, properties) };
}

function internal(urn: string, properties: Properties): Properties {
  return { __urn: urn, __secrets: [...new Set(secretPaths(properties, []))] };
}

/** As the classes tell them. */
function secretPaths(value: unknown, path: Path): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (isSecret(value as Value)) return [secretPath(path)];
  const members: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return members.flatMap(([step, member]) => secretPaths(member, [...path, step]));
}

/** The process prints an error with its stack, which is left to defects of our own, and answers with the rest. */
function answered<Result>(result: Promise<Result>, news: Properties): Promise<Result> {
  return result.catch((error: Error & Partial<InitFailedError>) => {
    const { message, stack = "", reasons, id, properties = {} } = error;
    if (/\n +at /.test(stack)) throw error;
    const unfinished = id === undefined ? undefined : { id, outs: wrapped(properties, news) };
    throw new Refusal(message, [message, `${error}: ${stack}`], reasons, unfinished);
  });
}

function wrapped(properties: object, news: Properties): Properties {
  return withSecretsOf(properties as Properties, news);
}

function required<Part extends object>(part: Part): Required<Part> {
  return part as Required<Part>;
}
