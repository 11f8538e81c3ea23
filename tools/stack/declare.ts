import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Declare, Wishes } from "../engine/operation";
import {
  directoryArchive,
  fileAsset,
  type Properties,
  secret,
  textAsset,
  unknown,
  type Value,
} from "../engine/property";
import type { ResourceState } from "../engine/state";
import { urnOf } from "../engine/urn";
import type { Declaration, EngineOptions } from "./stack";

type States = ReadonlyMap<string, ResourceState>;

const optionNames = new Set(["dependsOn", "version", "deleteBeforeReplace", "retainOnDelete", "deletedWith"]);

/**
 * Declares in this process what program/index.js would; the stand-in is faster without the program's own. Undefined
 * where it takes the program: for the classes, calls of functions, and all but the plainest options.
 */
export function declaring({ dir, env, project }: EngineOptions): Declare | undefined {
  const declarations = JSON.parse(readFileSync(join(dir, "resources.json"), "utf8")) as Declaration[];
  if (!declarations.every((declaration) => isPlain(declaration, env.PULUMI_KV_DOOR))) return undefined;
  return async (registry) => {
    const made = new Map<string, Promise<ResourceState>>();
    for (const declaration of declarations) {
      const before = namesIn(declaration).map(async (name) => [name, await known(made.get(name), name)] as const);
      const registered = Promise.all(before).then(async (states) => {
        const state = stateOf(declaration, project, new Map(states));
        await registry.register(state, { version: "", ...(declaration.options as Partial<Wishes>) });
        return state;
      });
      registered.catch(() => {});
      made.set(declaration.name, registered);
    }
    await Promise.all(made.values());
  };
}

function isPlain({ type, door, options = {} }: Declaration, usual: string | undefined): boolean {
  const isResource = type !== "Provider" && !type.startsWith("get");
  return (door ?? usual) === "plugin" && isResource && Object.keys(options).every((name) => optionNames.has(name));
}

function stateOf({ type, name, args = {}, options = {} }: Declaration, project: string, states: States): ResourceState {
  const token = `cloudflare-kv:index:${type}`;
  const urnsIn = (value: unknown) => namesIn(value).map((each) => known(states.get(each), each).urn);
  const { deletedWith, retainOnDelete } = options;
  const [gone] = urnsIn(deletedWith);
  return {
    urn: urnOf("dev", project, "", token, name),
    type: token,
    custom: true,
    inputs: resolve(args, states) as Properties,
    outputs: {},
    dependencies: urnsIn([args, options.dependsOn]),
    propertyDependencies: Object.fromEntries(Object.entries(args).map(([key, value]) => [key, urnsIn(value)])),
    ...(gone !== undefined && { deletedWith: gone }),
    ...(retainOnDelete === true && { retainOnDelete }),
  };
}

function known<T>(made: T | undefined, name: string): T {
  if (made === undefined) throw new Error(`${name} is not declared before it is used`);
  return made;
}

/** The resources that a value speaks of, each once. */
function namesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  if ("$resource" in value) return [String(value.$resource)];
  if ("$ref" in value) return [referenceIn(value.$ref).name];
  return [...new Set(Object.values(value).flatMap(namesIn))];
}

function referenceIn(reference: unknown): { readonly name: string; readonly property: string } {
  const [name = "", property = ""] = String(reference).split(".");
  return { name, property };
}

function resolve(value: unknown, states: States): Value {
  if (Array.isArray(value)) return value.map((item) => resolve(item, states));
  if (typeof value !== "object" || value === null) return value as Value;
  if ("$secret" in value) return secret(resolve(value.$secret, states));
  if ("$file" in value) return fileAsset(String(value.$file));
  if ("$dir" in value) return directoryArchive(String(value.$dir));
  if ("$text" in value) return textAsset(String(value.$text));
  if ("$ref" in value) {
    const { name, property } = referenceIn(value.$ref);
    const { id, outputs } = known(states.get(name), name);
    return (property === "id" ? id || undefined : outputs[property]) ?? unknown;
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolve(member, states)]));
}
