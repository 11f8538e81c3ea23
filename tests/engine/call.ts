import type { ServiceError } from "@grpc/grpc-js";
import { ConfigureErrorMissingKeys, ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type { Message } from "google-protobuf";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Properties } from "./property";

/** Messages of 400 MiB, as everywhere in Pulumi. */
export const channelOptions = { "grpc.max_receive_message_length": 400 * 1024 * 1024 };

/** One call of a provider, in the order in which they were sent. */
export interface RpcRecord {
  /** As in the protocol: `Check`, `Diff`, `Create`, … */
  readonly method: string;
  /** The resource; for CheckConfig, DiffConfig and Configure the provider; else empty. */
  readonly urn: string;
  /** Which door: the package `cloudflare-kv` is the plugin, `pulumi-nodejs` the dynamic one. */
  readonly package: string;
  /** What was sent, as the provider sees it. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The message, once it has failed. */
  error?: string;
}

/** What a provider says it has made although it failed. */
export interface Unfinished {
  readonly id: string;
  readonly properties: Properties;
  readonly inputs: Properties | undefined;
  readonly reasons: string[];
}

/** A call that the provider answered with an error. */
export class CallError extends Error {
  readonly code: number;
  readonly unfinished: Unfinished | undefined;

  constructor(error: ServiceError) {
    const missing = detailOf(error, "ConfigureErrorMissingKeys", ConfigureErrorMissingKeys.deserializeBinary);
    super(missing ? missingKeys(missing) : error.details || error.message);
    this.name = "CallError";
    this.code = error.code;
    const failed = detailOf(error, "ErrorResourceInitFailed", ErrorResourceInitFailed.deserializeBinary);
    this.unfinished = failed && {
      id: failed.getId(),
      properties: plain(failed.getProperties()) ?? {},
      inputs: plain(failed.getInputs()),
      reasons: failed.getReasonsList(),
    };
  }
}

/** Sets a message's fields by name; property bags become structs. */
export function encode(message: object, fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) {
    const setter = `set${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const isBag = typeof value === "object" && !(value instanceof Uint8Array);
    (message as Setters)[setter]?.(isBag ? struct(value as Properties) : value);
  }
}

export function struct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties);
}

export function plain(struct: Struct | undefined): Properties | undefined {
  return struct?.toJavaScript() as Properties | undefined;
}

interface Setters {
  [setter: string]: ((value: unknown) => void) | undefined;
}

function detailOf<T extends Message>(error: ServiceError, name: string, read: (bytes: Uint8Array) => T): T | undefined {
  const [status] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (!(status instanceof Uint8Array)) return undefined;
  for (const any of Status.deserializeBinary(status).getDetailsList()) {
    const detail = any.unpack(read, `pulumirpc.${name}`);
    if (detail) return detail;
  }
  return undefined;
}

function missingKeys(error: ConfigureErrorMissingKeys): string {
  return error
    .getMissingkeysList()
    .map((key) => `missing required configuration key "${key.getName()}": ${key.getDescription()}`)
    .join("\n");
}
