import type { ServiceError } from "@grpc/grpc-js";
import {
  type CheckFailure,
  ConfigureErrorMissingKeys,
  ErrorResourceInitFailed,
} from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type { Message } from "google-protobuf";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type Properties, secretSignature, signature } from "./property";

/** The answer to a check, of a resource or of a provider's configuration, and to a function's call. */
export interface Answer {
  readonly properties: Properties;
  readonly failures: CheckFailure.AsObject[];
}

/** One call of a provider. */
export interface RpcRecord {
  /** As in the protocol: `Check`, `Diff`, `Create`, … */
  readonly method: string;
  /** The resource; for CheckConfig, DiffConfig and Configure the provider; else empty. */
  readonly urn: string;
  /** Which door: `pulumi-nodejs` is the dynamic one. */
  readonly package: string;
  /** What was sent, as the provider sees it. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The message, once it has failed. */
  error?: string;
}

/** A call that the provider answered with an error. */
export class CallError extends Error {
  readonly code: number;
  /** What the provider says it has made although it failed. */
  readonly unfinished: ErrorResourceInitFailed | undefined;

  constructor(error: ServiceError) {
    const missing = detailOf(error, "ConfigureErrorMissingKeys", ConfigureErrorMissingKeys.deserializeBinary);
    const keys = missing?.getMissingkeysList() ?? [];
    const texts = keys.map((key) => `missing required configuration key "${key.getName()}": ${key.getDescription()}`);
    super(texts.join("\n") || error.details || error.message);
    this.name = "CallError";
    this.code = error.code;
    this.unfinished = detailOf(error, "ErrorResourceInitFailed", ErrorResourceInitFailed.deserializeBinary);
  }
}

/** Sets a message's fields by name; property bags become structs. */
export function encode<M extends object>(message: M, fields: Readonly<Record<string, unknown>>): M {
  for (const [name, value] of Object.entries(fields)) {
    const setter = `set${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const isBag = typeof value === "object" && !(value instanceof Uint8Array);
    (message as Setters)[setter]?.(isBag ? struct(value as Properties) : value);
  }
  return message;
}

interface Setters {
  [setter: string]: ((value: unknown) => void) | undefined;
}

export function struct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties);
}

export function plain(struct: Struct | undefined): Properties | undefined {
  return struct?.toJavaScript() as Properties | undefined;
}

/** All that a message says, but for what secrets hold. */
export function textOf(message: Message): string {
  return JSON.stringify(message.toObject(), (_name, part: unknown) => (isSecretStruct(part) ? "[secret]" : part));
}

function isSecretStruct(part: unknown): boolean {
  const fields: unknown = typeof part === "object" && part !== null && Reflect.get(part, "fieldsMap");
  if (!Array.isArray(fields)) return false;
  return fields.some(([name, value]) => name === signature && value.stringValue === secretSignature);
}

function detailOf<T extends Message>(error: ServiceError, name: string, read: (bytes: Uint8Array) => T): T | undefined {
  const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (!(bytes instanceof Uint8Array)) return undefined;
  const status = Status.deserializeBinary(bytes);
  // The engine's gRPC library does the same: it takes no details from a status that contradicts the answer.
  if (status.getCode() !== error.code) return undefined;
  const found = status.getDetailsList().map((any) => any.unpack(read, `pulumirpc.${name}`));
  return found.find((detail) => detail !== null) ?? undefined;
}
