import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { providerText } from "../../sdk/dynamic";
import type { Declare } from "../engine/operation";
import { fileAsset, type Properties, secret, unknown, withoutSecrets } from "../engine/property";
import type { ResourceState } from "../engine/state";
import { urnOf } from "../engine/urn";
import type { Entry, KeyDeclaration, NamespaceDeclaration, Program, Server, SetDeclaration } from "./program";

const componentType = "chaos:index:Component";

type Wanted = Pick<KeyDeclaration, "server" | "deletesFirst">;

/** Declares the program as its user would, with all values and metadata secret; files go to the folder. */
export function declaring(program: Program, folder: string): Declare {
  return async (deployment) => {
    for (const set of program.sets) if (set.isFile) writeSource(set, folder);
    const register = async (state: ResourceState, { server, deletesFirst }: Wanted) => {
      const version = server === "newer plugin" ? "0.1.1" : "";
      await deployment.register(state, { version, ...(deletesFirst && { deleteBeforeReplace: true }) });
      return state;
    };
    if ([...program.keys, ...program.sets].some(({ isChild }) => isChild)) {
      await deployment.register(component, { version: "" });
    }
    const made = program.namespaces.map(async (each) => [each.name, await register(namespaceOf(each), each)] as const);
    const namespaces = new Map(await Promise.all(made));
    const inside = (name: string) => referenceTo(namespaces.get(name));
    const registerKey = async (key: KeyDeclaration, earlier: Promise<ResourceState> | undefined) => {
      const state = keyOf(key, inside(key.namespace));
      const dependencies = earlier ? [(await earlier).urn] : [];
      return register({ ...state, dependencies: [...state.dependencies, ...dependencies] }, key);
    };
    const keys = new Map<string, Promise<ResourceState>>();
    for (const key of program.keys) {
      const earlier = key.after === undefined ? undefined : keys.get(key.after);
      keys.set(key.name, registerKey(key, earlier));
    }
    const sets = new Map<string, Promise<ResourceState>>();
    const registerSet = async (set: SetDeclaration, dependencies: readonly string[]) => {
      const state = setOf(set, inside(set.namespace));
      return register({ ...state, dependencies: [...state.dependencies, ...dependencies] }, set);
    };
    for (const set of program.sets.filter(({ prune }) => prune === "removed")) {
      const earlier = set.after === undefined ? undefined : sets.get(set.after);
      const registered = earlier ? earlier.then(({ urn }) => registerSet(set, [urn])) : registerSet(set, []);
      sets.set(set.name, registered);
    }
    const before = (await Promise.all([...keys.values(), ...sets.values()])).map(({ urn }) => urn);
    // A set that deletes what it does not list has to know of those that list it: hence the dependencies.
    for (const set of program.sets.filter(({ prune }) => prune === "unlisted")) await registerSet(set, before);
  };
}

const component: ResourceState = {
  urn: urnOf("dev", "project", "", componentType, "component"),
  type: componentType,
  custom: false,
  inputs: {},
  outputs: {},
  dependencies: [],
  propertyDependencies: {},
};

interface Reference {
  readonly urn: string;
  readonly namespaceId: Properties[string];
}

function referenceTo(state: ResourceState | undefined): Reference {
  return { urn: state?.urn ?? "", namespaceId: state?.outputs.namespaceId ?? unknown };
}

function namespaceOf({ name, title, server }: NamespaceDeclaration): ResourceState {
  // A kill in the create leaves a namespace that the state does not know: what a title can be found by, is adopted.
  return stateOf("Namespace", { name, server }, title === undefined ? {} : { title, adopt: true });
}

function keyOf(declared: KeyDeclaration, namespace: Reference): ResourceState {
  const { key, entry } = declared;
  return stateOf("KeyValue", declared, { key, ...inputsOf(entry) }, namespace);
}

function setOf(set: SetDeclaration, namespace: Reference): ResourceState {
  const { keyPrefix, prune, driftDetection } = set;
  const listed: Properties = set.isFile ? { source: fileAsset(sourceOf(set)) } : { entries: itemsOf(set) };
  const args = { ...listed, prune, driftDetection, ...(keyPrefix !== "" && { keyPrefix }) };
  return stateOf("KeyValueSet", set, args, namespace);
}

function writeSource(set: SetDeclaration, folder: string): void {
  const lines = itemsOf(set).map((item) => `${JSON.stringify(withoutSecrets(item))}\n`);
  writeFileSync(join(folder, sourceOf(set)), lines.join(""));
}

function sourceOf({ name }: SetDeclaration): string {
  return `${name}.ndjson`;
}

function itemsOf({ keyPrefix, entries }: SetDeclaration): Properties[] {
  return Object.entries(entries).map(([key, entry]) => ({ key: key.slice(keyPrefix.length), ...inputsOf(entry) }));
}

function inputsOf({ value, isBinary, metadata, expires }: Entry): Properties {
  const text: Properties = isBinary
    ? { valueBase64: secret(bytesOf(value).toString("base64")) }
    : { value: secret(value) };
  return {
    ...text,
    ...(metadata !== undefined && { metadata: secret({ metadata }) }),
    ...(expires && ("at" in expires ? { expiration: expires.at } : { expirationTtl: expires.in })),
  };
}

/** What a binary value is stored as: no text, with the text in it. */
export function bytesOf(value: string): Buffer {
  return Buffer.concat([Buffer.of(0xff), Buffer.from(value)]);
}

function stateOf(
  type: string,
  { name, server, isChild }: { readonly name: string; readonly server: Server; readonly isChild?: boolean },
  args: Properties,
  { urn: namespaceUrn, namespaceId }: Partial<Reference> = {},
): ResourceState {
  const isClass = server === "classes";
  const token = isClass ? `pulumi-nodejs:dynamic/cloudflare-kv:${type}` : `cloudflare-kv:index:${type}`;
  const urn = urnOf("dev", "project", isChild ? component.urn : "", token, name);
  const inputs: Properties = {
    ...args,
    ...(namespaceId !== undefined && { namespaceId }),
    ...(isClass && { __provider: providerText(type), __urn: urn }),
  };
  const dependencies = namespaceUrn === undefined ? [] : [namespaceUrn];
  const propertyDependencies = { namespaceId: dependencies };
  const parent = isChild ? { parent: component.urn } : {};
  return { urn, type: token, custom: true, ...parent, inputs, outputs: {}, dependencies, propertyDependencies };
}
