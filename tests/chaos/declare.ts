import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { providerText } from "../../sdk/dynamic";
import type { Deployment } from "../engine/deployment";
import { fileAsset, type Properties, secret, unknown, withoutSecrets } from "../engine/property";
import type { ResourceState } from "../engine/state";
import { urnOf } from "../engine/urn";
import type { Entry, KeyDeclaration, NamespaceDeclaration, Program, SetDeclaration } from "./program";

export type Door = "plugin" | "dynamic";

/** Declares the program as its user would, with all values and metadata secret; files go to the folder. */
export function declaring(program: Program, door: Door, folder: string): (deployment: Deployment) => Promise<void> {
  return async (deployment) => {
    for (const set of program.sets) if (set.isFile) writeSource(set, folder);
    const register = async (state: ResourceState) => {
      await deployment.register(state, { version: "" });
      return state;
    };
    const made = program.namespaces.map(async (each) => [each.name, await register(namespaceOf(each, door))] as const);
    const namespaces = new Map(await Promise.all(made));
    const inside = (name: string) => referenceTo(namespaces.get(name));
    const keys = program.keys.map((key) => register(keyOf(key, inside(key.namespace), door)));
    const removing = program.sets.filter(({ prune }) => prune === "removed");
    const first = [...keys, ...removing.map((set) => register(setOf(set, inside(set.namespace), door)))];
    const before = (await Promise.all(first)).map(({ urn }) => urn);
    // A set that deletes what it does not list has to know of those that list it: hence the dependencies.
    for (const set of program.sets.filter(({ prune }) => prune === "unlisted")) {
      const state = setOf(set, inside(set.namespace), door);
      await register({ ...state, dependencies: [...state.dependencies, ...before] });
    }
  };
}

interface Reference {
  readonly urn: string;
  readonly namespaceId: Properties[string];
}

function referenceTo(state: ResourceState | undefined): Reference {
  return { urn: state?.urn ?? "", namespaceId: state?.outputs.namespaceId ?? unknown };
}

function namespaceOf({ name, title }: NamespaceDeclaration, door: Door): ResourceState {
  // A kill in the create leaves a namespace that the state does not know: what a title can be found by, is adopted.
  return stateOf("Namespace", name, door, title === undefined ? {} : { title, adopt: true });
}

function keyOf({ name, key, entry }: KeyDeclaration, namespace: Reference, door: Door): ResourceState {
  return stateOf("KeyValue", name, door, { key, ...inputsOf(entry) }, namespace);
}

function setOf(set: SetDeclaration, namespace: Reference, door: Door): ResourceState {
  const { name, keyPrefix, prune, driftDetection } = set;
  const listed: Properties = set.isFile ? { source: fileAsset(sourceOf(set)) } : { entries: itemsOf(set) };
  const args = { ...listed, prune, driftDetection, ...(keyPrefix !== "" && { keyPrefix }) };
  return stateOf("KeyValueSet", name, door, args, namespace);
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
  name: string,
  door: Door,
  args: Properties,
  { urn: namespaceUrn, namespaceId }: Partial<Reference> = {},
): ResourceState {
  const token = door === "plugin" ? `cloudflare-kv:index:${type}` : `pulumi-nodejs:dynamic/cloudflare-kv:${type}`;
  const urn = urnOf("dev", "project", "", token, name);
  const inputs: Properties = {
    ...args,
    ...(namespaceId !== undefined && { namespaceId }),
    ...(door === "dynamic" && { __provider: providerText(type), __urn: urn }),
  };
  const dependencies = namespaceUrn === undefined ? [] : [namespaceUrn];
  const propertyDependencies = { namespaceId: dependencies };
  return { urn, type: token, custom: true, inputs, outputs: {}, dependencies, propertyDependencies };
}
