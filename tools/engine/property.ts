import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";

/** A property value as it travels: JSON, in which secrets, assets and archives are objects with a signature. */
export type Value = null | boolean | number | string | Value[] | Properties;
export interface Properties {
  [key: string]: Value;
}

/** Every change of one property, by path. */
export type Changes = Record<string, "add" | "delete" | "update">;

/** What programs and providers put where a value is not known before the update. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const signature = "4dabf18193072939515e22adb298388d";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

export function isSecret(value: Value | undefined): value is Properties {
  return isObject(value) && value[signature] === secretSignature;
}

export function secret(value: Value): Value {
  return isSecret(value) ? value : { [signature]: secretSignature, value };
}

/** A file below the program's folder. */
export function fileAsset(path: string): Properties {
  return { [signature]: assetSignature, path };
}

/** A folder below the program's. */
export function directoryArchive(path: string): Properties {
  return { [signature]: archiveSignature, path };
}

export function textAsset(text: string): Properties {
  return { [signature]: assetSignature, text };
}

export function withoutSecrets(properties: Properties): Properties {
  return rebuildAll(properties, (special) => (isSecret(special) ? (special.value ?? null) : special));
}

/** What a person may see: secrets and unknowns as words. */
export function displayed(properties: Properties): Properties {
  const shown = rebuildAll(properties, (special) => (isSecret(special) ? "[secret]" : special));
  return JSON.parse(JSON.stringify(shown).replaceAll(`"${unknown}"`, '"[unknown]"')) as Properties;
}

/** Assets by signature and hash alone, as everything but new inputs carries them. */
export function withoutContents(properties: Properties): Properties {
  return rebuildAll(properties, (special) =>
    isAsset(special) ? { [signature]: special[signature] ?? null, hash: special.hash ?? null } : special,
  );
}

/** Gives every asset and archive its hash, and drops what only the SDK knows; paths start at the program's folder. */
export function withHashes(properties: Properties, folder: string): Properties {
  return rebuildAll(properties, ({ __pulumiAsset, __pulumiArchive, ...special }) =>
    isAsset(special) ? { ...special, hash: special.hash || hashOf(special, folder) } : special,
  );
}

/** Restores the contents of assets that a provider echoed without them. */
export function withContentsOf(properties: Properties, originals: Properties): Properties {
  const known = new Map<Value | undefined, Properties>();
  rebuildAll(originals, (special) => {
    if (isAsset(special)) known.set(special.hash, special);
    return special;
  });
  return rebuildAll(properties, (special) => (isAsset(special) ? (known.get(special.hash) ?? special) : special));
}

/** Marks what has the name of a secret: how the engine helps a provider that cannot carry secrets. */
export function withSecretsOf(properties: Properties, originals: Properties): Properties {
  return mapValues(properties, (value, key) => {
    const original = originals[key];
    if (original === undefined) return value;
    if (isPlain(value) && isPlain(original)) return withSecretsOf(value, original);
    return containsSecret(original) ? secret(value) : value;
  });
}

/** Marks outputs that a secret input, or the user's `additionalSecretOutputs`, names at the top level. */
export function withSecretOutputs(
  outputs: Properties,
  inputs: Properties,
  additional: readonly string[] = [],
): Properties {
  return mapValues(outputs, (value, key) =>
    isSecret(inputs[key]) || additional.includes(key) ? secret(value) : value,
  );
}

/** The comparison the engine makes itself when a provider leaves it to do so; null is the same as absent. */
export function changesBetween(olds: Properties, news: Properties): Changes {
  const changes: Changes = {};
  compare(withoutSecrets(olds), withoutSecrets(news), "", changes);
  return changes;
}

function compare(old: Value | undefined, value: Value | undefined, at: string, changes: Changes): void {
  if (isPlain(old) && isPlain(value)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(value)])) {
      compare(old[key], value[key], step(at, key), changes);
    }
    return;
  }
  if (Array.isArray(old) && Array.isArray(value)) {
    for (let i = 0; i < Math.max(old.length, value.length); i++) compare(old[i], value[i], `${at}[${i}]`, changes);
    return;
  }
  if (isDeepStrictEqual(identity(old), identity(value))) return;
  changes[at] = identity(old) === null ? "add" : identity(value) === null ? "delete" : "update";
}

function step(at: string, key: string): string {
  if (!/^[\w$-]+$/.test(key)) return `${at}["${key.replaceAll('"', '\\"')}"]`;
  return at === "" ? key : `${at}.${key}`;
}

function identity(value: Value | undefined): Value {
  return isAsset(value) ? (value.hash ?? null) : (value ?? null);
}

function hashOf(asset: Properties, folder: string): string {
  const hash = createHash("sha256");
  for (const part of partsOf(asset, folder)) hash.update(part);
  return hash.digest("hex");
}

/** An asset's bytes; for an archive anything that changes with its contents (the real engine hashes a tar). */
function partsOf(asset: Properties, folder: string): (string | Buffer)[] {
  if (isObject(asset.assets)) return [JSON.stringify(mapValues(asset.assets, identity))];
  if (typeof asset.path === "string") return filesAt(path.resolve(folder, asset.path));
  if (typeof asset.uri === "string") return filesAt(fileURLToPath(asset.uri));
  return [String(asset.text ?? "")];
}

function filesAt(file: string): (string | Buffer)[] {
  if (!statSync(file).isDirectory()) return [readFileSync(file)];
  return readdirSync(file)
    .sort()
    .flatMap((name) => [`\0${name}\0`, ...filesAt(path.join(file, name))]);
}

function containsSecret(value: Value): boolean {
  if (Array.isArray(value)) return value.some(containsSecret);
  return isSecret(value) || (isObject(value) && Object.values(value).some(containsSecret));
}

function isAsset(value: Value | undefined): value is Properties {
  return isObject(value) && (value[signature] === assetSignature || value[signature] === archiveSignature);
}

function isPlain(value: Value | undefined): value is Properties {
  return isObject(value) && !(signature in value);
}

function isObject(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Rebuilds from the leaves up; `change` sees every object that carries a signature. */
function rebuild(value: Value, change: (special: Properties) => Value): Value {
  if (Array.isArray(value)) return value.map((element) => rebuild(element, change));
  if (!isObject(value)) return value;
  const rebuilt = rebuildAll(value, change);
  return signature in rebuilt ? change(rebuilt) : rebuilt;
}

function rebuildAll(properties: Properties, change: (special: Properties) => Value): Properties {
  return mapValues(properties, (value) => rebuild(value, change));
}

function mapValues(properties: Properties, change: (value: Value, key: string) => Value): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, change(value, key)]));
}
