import { types } from "node:util";
import * as pulumi from "@pulumi/pulumi";

/**
 * The arguments, once each part of them is found to be JSON, an asset, or an output of such. Pulumi would send `{}`
 * or nothing in place of anything else.
 */
export function asJson(subject: string, args: object): object {
  const refuse: Refuse = (path, problem) => {
    throw new pulumi.RunError(`${subject}: ${path} ${problem}`);
  };
  return membersOf(args, "", [args], refuse) as object;
}

type Refuse = (path: string, problem: string) => never;

/** The same value; what of it is not known yet is looked into once it is. */
function read(value: unknown, path: string, above: readonly object[], refuse: Refuse): unknown {
  if (pulumi.Output.isInstance(value)) return readLater(value, path, refuse);
  if (value instanceof Promise) return value.then((known) => read(known, path, above, refuse));
  if (typeof value !== "object" || value === null) return readScalar(value, path, refuse);
  if (isOfPulumi(value)) return value;
  if (above.includes(value)) return refuse(path, "has itself as a part, which is not JSON");
  const kind = kindOf(value);
  if (kind) return refuse(path, `is ${kind}, which is not JSON: ${remedyFor(value, path)}`);
  return membersOf(value, path, [...above, value], refuse);
}

/** In a secret the path ends at the output, for names of keys may be secrets too. */
function readLater(output: pulumi.Output<unknown>, path: string, refuse: Refuse): pulumi.Output<unknown> {
  const refuseSecret: Refuse = (_, problem) => refuse(path, `is a secret of which a part ${problem}`);
  return output.apply(async (value) => read(value, path, [], (await pulumi.isSecret(output)) ? refuseSecret : refuse));
}

function readScalar(value: unknown, path: string, refuse: Refuse): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return refuse(path, `is ${value}, which is not JSON`);
  if (typeof value === "bigint") {
    return refuse(path, "is a bigint, which is not JSON: give a number, or text such as String(value)");
  }
  if (typeof value === "function" || typeof value === "symbol") {
    return refuse(path, `is a ${typeof value}, which is not JSON`);
  }
  return value;
}

function membersOf(value: object, path: string, above: readonly object[], refuse: Refuse): unknown {
  if (Array.isArray(value)) return value.map((item, index) => read(item, `${path}[${index}]`, above, refuse));
  const members = Object.entries(value).map(([name, member]) => [name, read(member, at(path, name), above, refuse)]);
  return Object.fromEntries(members);
}

function at(path: string, name: string): string {
  if (!/^[\w$]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

function isOfPulumi(value: object): boolean {
  const { Asset, Archive } = pulumi.asset;
  return [Asset, Archive, pulumi.Resource].some((type) => type.isInstance(value)) || pulumi.isUnknown(value);
}

/** What an object is that is more, or other, than its members; undefined for plain ones and those of a user's own class. */
function kindOf(value: object): string | undefined {
  if (Buffer.isBuffer(value)) return "a Buffer";
  if (Array.isArray(value)) return undefined;
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  const name = prototype.constructor?.name || "object";
  const isItsMembers = Object.keys(value).length > 0 && !("toJSON" in value) && !isBuiltIn(value);
  return isItsMembers ? undefined : `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

function isBuiltIn(value: object): boolean {
  return ArrayBuffer.isView(value) || types.isBoxedPrimitive(value) || types.isNativeError(value);
}

function remedyFor(value: object, path: string): string {
  if (types.isDate(value)) return "give text such as value.toISOString(), or a number";
  if (types.isMap(value)) return "give Object.fromEntries(value)";
  if (types.isSet(value)) return "give [...value]";
  if (!ArrayBuffer.isView(value) && !types.isAnyArrayBuffer(value)) return "give text, or a plain object";
  const base64 = 'Buffer.from(value).toString("base64")';
  if (/^metadata|\.metadata/.test(path)) return `give ${base64}`;
  return `give its bytes as valueBase64: ${base64}`;
}
