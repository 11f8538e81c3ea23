import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

/** A property value as it is on Pulumi's wire: JSON, in which objects with a signature are special. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };
export type Bag = { readonly [name: string]: Value };
export type Path = readonly (string | number)[];

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";

/** By the kind of value that will be known: bool, number, string, array, asset, archive, object. */
export const unknowns: readonly string[] = [
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

export function secret(value: Value): Value {
  return { [signature]: secretSignature, value };
}

export function textAsset(text: string): Value {
  return { [signature]: assetSignature, hash: createHash("sha256").update(text).digest("hex"), text };
}

function isSecret(value: Value | undefined): value is { readonly value: Value } {
  return isObject(value) && value[signature] === secretSignature;
}

/** The value without the marks of what is secret in it. */
export function plain(value: Value): Value {
  return isSecret(value) ? plain(value.value) : mapped(value, plain);
}

/** As the engine sends what it has in state: of assets and archives the hash alone. */
export function elided<V extends Value>(value: V): V {
  return withoutContents(value) as V;
}

function withoutContents(value: Value): Value {
  if (!isObject(value) || !isSpecial(value) || isSecret(value)) return mapped(value, withoutContents);
  return { [signature]: value[signature] ?? null, hash: value.hash ?? "" };
}

/** True where the two mean the same, wherever a secret is marked. */
export function isSame(a: Value | undefined, b: Value | undefined): boolean {
  const bare = (value: Value | undefined) => elided(plain(value ?? null));
  return isDeepStrictEqual(bare(a), bare(b));
}

/** The paths of all values below a bag: properties, and what is in them. */
export function pathsOf(value: Value, path: Path = []): Path[] {
  const below = stepsOf(value).flatMap((step) => pathsOf(child(value, step) ?? null, [...path, step]));
  return path.length === 0 ? below : [path, ...below];
}

/** The value with another one in this place. */
export function replaced(value: Value, [step, ...rest]: Path, replace: (value: Value) => Value): Value {
  if (step === undefined) return replace(value);
  const changed = replaced(child(value, step) ?? null, rest, replace);
  if (isList(value)) return value.map((item, index) => (index === step ? changed : item));
  return { ...(value as Bag), [step]: changed };
}

/** The value in this place, through what is secret. */
export function at(value: Value | undefined, [step, ...rest]: Path): Value | undefined {
  const bare = isSecret(value) ? value.value : value;
  return step === undefined || bare === undefined ? bare : at(child(bare, step), rest);
}

/** False where this place shows something in clear. */
export function isHidden(value: Value | undefined, [step, ...rest]: Path): boolean {
  if (value === undefined || value === null || isSecret(value)) return true;
  return step !== undefined && isHidden(child(value, step), rest);
}

/** True where this place, or what it is in, is not known. */
export function isUnknownAt(value: Value | undefined, [step, ...rest]: Path): boolean {
  const bare = isSecret(value) ? value.value : value;
  if (isUnknown(bare)) return true;
  return step !== undefined && bare !== undefined && isUnknownAt(child(bare, step), rest);
}

export function hasUnknown(value: Value): boolean {
  return isUnknown(value) || (isObject(value) && Object.values(value).some(hasUnknown));
}

/** All texts that can be read without a key. */
export function clearTexts(value: Value): string[] {
  if (typeof value === "string") return [value];
  return !isObject(value) || isSecret(value) ? [] : Object.values(value).flatMap(clearTexts);
}

/** The place where a preview has promised what then was not so; undefined where it kept its word. */
export function brokenPromise(preview: Bag, real: Bag): Path | undefined {
  const known = Object.keys(preview).filter((name) => !isSame(preview[name], null));
  return firstOf(known, (name) => difference(preview[name] ?? null, real[name] ?? null, [name]));
}

function difference(promised: Value, real: Value, path: Path): Path | undefined {
  if (isSecret(promised) || isSecret(real)) return difference(at(promised, []) ?? null, at(real, []) ?? null, path);
  if (isUnknown(promised) || isSame(promised, real)) return undefined;
  if (!isObject(promised) || !isObject(real) || isSpecial(promised) || isList(promised) !== isList(real)) return path;
  const steps = [...new Set([...stepsOf(promised), ...stepsOf(real)])];
  return firstOf(steps, (step) =>
    difference(child(promised, step) ?? null, child(real, step) ?? null, [...path, step]),
  );
}

export function formatPath(path: Path): string {
  const steps = path.map((step) =>
    typeof step === "number" ? `[${step}]` : /^\w+$/.test(step) ? `.${step}` : `["${step}"]`,
  );
  return steps.join("").replace(/^\./, "");
}

function firstOf<T>(items: readonly T[], find: (item: T) => Path | undefined): Path | undefined {
  for (const item of items) {
    const found = find(item);
    if (found) return found;
  }
  return undefined;
}

/** What a property path goes into: not assets and the like. */
function stepsOf(value: Value): (string | number)[] {
  if (!isObject(value) || isSpecial(value)) return [];
  return isList(value) ? [...value.keys()] : Object.keys(value);
}

function child(value: Value, step: string | number): Value | undefined {
  return isObject(value) && Object.hasOwn(value, step) ? (value as Bag)[step] : undefined;
}

function mapped(value: Value, map: (value: Value) => Value): Value {
  if (isList(value)) return value.map(map);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, map(part)]));
}

function isObject(value: Value | undefined): value is Bag {
  return typeof value === "object" && value !== null;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isSpecial(value: Bag): boolean {
  return Object.hasOwn(value, signature);
}

function isUnknown(value: Value | undefined): boolean {
  return typeof value === "string" && unknowns.includes(value);
}
