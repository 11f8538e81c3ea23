import { ListValue, NullValue, Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { InputError } from "../../pulumi/errors";
import { formatPath } from "../../pulumi/property-path";
import type { Properties } from "../../pulumi/resource-provider";
import { fits, type Secrecy, type SecretChildren, SecretPaths, type Step } from "./secrets";

const signatureKey = "4dabf18193072939515e22adb298388d";
const signatures = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  byteString: "803fd3297a5875dc03ca845dda5d2a98",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
};

/** The one sentinel by which the core knows a value that is not known yet. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What the engine sends instead, by the type that the value will have: bool, number, string, array, asset, archive, object. */
const unknowns = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  unknown,
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Deeper than any metadata can be, and not so deep that the stack ends. */
const maxDepth = 520;

/** Properties as the core takes them, and where they were secret. */
export interface Decoded {
  readonly properties: Properties;
  readonly secrets: SecretChildren;
}

/** Unwraps secrets, outputs and resource references. Throws an `InputError` that names the path. */
export function decode(struct: Struct | undefined): Decoded {
  const secrets = new SecretPaths();
  const properties = struct ? decodeFields(struct, [], secrets) : {};
  return { properties, secrets: secrets.children };
}

/** The reverse of `decode`: each secret is wrapped where it was, or around the nearest value that still is there. */
export function encode(properties: Properties, secrets: SecretChildren): Struct {
  return encodeFields(properties, secrets, []);
}

function decodeFields(struct: Struct, path: readonly Step[], secrets: SecretPaths): Properties {
  const fields = struct.getFieldsMap();
  if (lostPrototypeKey(fields)) throw prototypeKey(secrets.shown(path));
  const properties: Properties = {};
  fields.forEach((value, key) => {
    properties[key] = decodeValue(value, [...path, key], secrets);
  });
  return properties;
}

function decodeValue(value: Value, path: readonly Step[], secrets: SecretPaths): unknown {
  if (path.length > maxDepth)
    throw new InputError(`${formatPath(path.slice(0, 1))} is nested deeper than ${maxDepth} levels`);
  switch (value.getKindCase()) {
    case Value.KindCase.NULL_VALUE:
      return null;
    case Value.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case Value.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case Value.KindCase.STRING_VALUE:
      return knownOrSentinel(value.getStringValue());
    case Value.KindCase.LIST_VALUE: {
      const items = value.getListValue()?.getValuesList() ?? [];
      return items.map((item, index) => decodeValue(item, [...path, index], secrets));
    }
    case Value.KindCase.STRUCT_VALUE:
      return decodeStruct(value.getStructValue() ?? new Struct(), path, secrets);
    default:
      throw malformed(secrets.shown(path), "a value of no kind");
  }
}

function knownOrSentinel(text: string): string {
  return unknowns.has(text) ? unknown : text;
}

function decodeStruct(struct: Struct, path: readonly Step[], secrets: SecretPaths): unknown {
  const fields = struct.getFieldsMap();
  if (!fields.has(signatureKey)) return decodeFields(struct, path, secrets);
  switch (fields.get(signatureKey)?.getStringValue()) {
    case signatures.asset:
    case signatures.archive:
      return decodeAsset(struct, path, secrets);
    case signatures.secret:
      return decodeSecret(fields.has("value") ? fields.get("value") : undefined, path, secrets);
    case signatures.output:
      if (fields.has("secret") && fields.get("secret")?.getBoolValue()) secrets.mark(path);
      return decodeOptional(fields.has("value") ? fields.get("value") : undefined, path, secrets);
    case signatures.resource:
      return decodeResource(fields, path, secrets);
    case signatures.byteString:
      throw new InputError(
        `${formatPath(secrets.shown(path))} is not text in UTF-8; give binary data as base64, or as an asset`,
      );
    default:
      throw malformed(secrets.shown(path), "an object with a signature that this provider does not know");
  }
}

function decodeAsset(struct: Struct, path: readonly Step[], secrets: SecretPaths): Properties {
  const asset = decodeFields(struct, path, secrets);
  const { assets = {}, ...rest } = asset;
  const isWhole = ["hash", "text", "path", "uri"].every((name) => typeof (rest[name] ?? "") === "string");
  if (isWhole && typeof assets === "object" && assets !== null && !Array.isArray(assets)) return asset;
  throw malformed(secrets.shown(path), "an asset whose contents are neither text nor a place");
}

function decodeSecret(value: Value | undefined, path: readonly Step[], secrets: SecretPaths): unknown {
  if (value === undefined) throw malformed(secrets.shown(path), "a secret without a value");
  secrets.mark(path);
  return decodeValue(value, path, secrets);
}

function decodeOptional(value: Value | undefined, path: readonly Step[], secrets: SecretPaths): unknown {
  return value === undefined ? unknown : decodeValue(value, path, secrets);
}

/** A reference to a component has no id: its URN stands for it. */
function decodeResource(fields: Fields, path: readonly Step[], secrets: SecretPaths): unknown {
  const key = fields.has("id") ? "id" : "urn";
  if (!fields.has(key)) throw malformed(secrets.shown(path), "a resource reference without a URN");
  const id = decodeOptional(fields.get(key), path, secrets);
  return id === "" ? unknown : id;
}

function encodeFields(properties: object, secrets: SecretChildren, path: readonly Step[]): Struct {
  if (Object.hasOwn(properties, "__proto__")) throw prototypeKey(path);
  const struct = new Struct();
  const fields = struct.getFieldsMap();
  for (const [key, value] of Object.entries(properties)) {
    if (value !== undefined) fields.set(key.toWellFormed(), encodeValue(value, secrets.get(key), [...path, key]));
  }
  return struct;
}

function encodeValue(value: unknown, secrecy: Secrecy | undefined, path: readonly Step[]): Value {
  if (secrecy === "whole") return secretOf(encodeValue(value, undefined, path));
  if (secrecy && value !== null && !(typeof value === "object" && fits(secrecy, value))) {
    return encodeValue(value, "whole", path);
  }
  switch (typeof value) {
    case "string":
      // google-protobuf drops a lone surrogate, or writes bytes that the engine refuses.
      return new Value().setStringValue(value.toWellFormed());
    case "number":
      return new Value().setNumberValue(value);
    case "boolean":
      return new Value().setBoolValue(value);
    case "object":
      return encodeObject(value, secrecy ?? noSecrets, path);
    case "undefined":
      return new Value().setNullValue(NullValue.NULL_VALUE);
    default:
      throw new TypeError(`${formatPath(path)} is a ${typeof value}, which is not a property value`);
  }
}

const noSecrets: SecretChildren = new Map();

function encodeObject(value: object | null, secrets: SecretChildren, path: readonly Step[]): Value {
  if (value === null) return new Value().setNullValue(NullValue.NULL_VALUE);
  if (!Array.isArray(value)) return new Value().setStructValue(encodeFields(value, secrets, path));
  const items = Array.from(value, (item, index) => encodeValue(item, secrets.get(index), [...path, index]));
  return new Value().setListValue(new ListValue().setValuesList(items));
}

function secretOf(value: Value): Value {
  const struct = new Struct();
  struct.getFieldsMap().set(signatureKey, new Value().setStringValue(signatures.secret)).set("value", value);
  return new Value().setStructValue(struct);
}

type Fields = ReturnType<Struct["getFieldsMap"]>;

/** google-protobuf keeps a map's entries in a plain object, so that an entry `__proto__` becomes its prototype. */
function lostPrototypeKey(fields: Fields): boolean {
  return Object.values(fields).some(
    (part) =>
      typeof part === "object" &&
      part !== null &&
      !Array.isArray(part) &&
      Object.getPrototypeOf(part) !== Object.prototype,
  );
}

function prototypeKey(path: readonly Step[]): InputError {
  const place = path.length === 0 ? "A resource" : formatPath(path);
  return new InputError(`${place} has a property named "__proto__", which Pulumi's protocol for Node.js cannot carry`);
}

function malformed(path: readonly Step[], what: string): InputError {
  return new InputError(`${formatPath(path)} is malformed: expected a property value, received ${what}`);
}

/** A field without which a request cannot be answered. */
export function required<T extends string | Struct>(rpc: string, field: string, value: T | undefined): T {
  if (value) return value;
  throw new InputError(`Malformed ${rpc} request: expected ${field}, received none`);
}
