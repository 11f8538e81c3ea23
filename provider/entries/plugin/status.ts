import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type InitFailedError, maxFailedBytes } from "../../pulumi/errors";

/** Longer messages do not fit the headers in which gRPC sends them. */
const maxLength = 4000;
const maxReasons = 100;

/**
 * An error as the engine is told of it. UNKNOWN, INTERNAL and DATA_LOSS would mean that the resource may be
 * corrupt, so they are left to defects of our own. A stack goes to stderr, never to the user.
 */
export function toStatus(error: unknown): Partial<StatusObject> {
  if (error instanceof InitFailure) return error.status();
  const code = statusCode(error);
  if (code === status.INTERNAL) console.error(error);
  return { code, details: shortened(error instanceof Error ? error.message : String(error)) };
}

const codesByName: Readonly<Record<string, status>> = {
  ConfigError: status.INVALID_ARGUMENT,
  InputError: status.INVALID_ARGUMENT,
  NotFoundError: status.NOT_FOUND,
  AbortError: status.CANCELLED,
  CancelledError: status.CANCELLED,
  TimeoutError: status.DEADLINE_EXCEEDED,
  TypeError: status.INTERNAL,
  RangeError: status.INTERNAL,
  ReferenceError: status.INTERNAL,
  SyntaxError: status.INTERNAL,
  URIError: status.INTERNAL,
  AssertionError: status.INTERNAL,
};

const codesByHttpStatus: Readonly<Record<number, status>> = {
  401: status.PERMISSION_DENIED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  429: status.RESOURCE_EXHAUSTED,
};

function statusCode(error: unknown): status {
  if (!(error instanceof Error)) return status.INTERNAL;
  const named = codesByName[error.name];
  if (named !== undefined) return named;
  return "status" in error ? httpCode(error.status) : status.FAILED_PRECONDITION;
}

/** A request without an answer has no status. */
function httpCode(httpStatus: unknown): status {
  if (typeof httpStatus !== "number" || httpStatus < 400 || httpStatus >= 500) return status.UNAVAILABLE;
  return codesByHttpStatus[httpStatus] ?? status.FAILED_PRECONDITION;
}

/**
 * An `InitFailedError` on its way to the engine, which keeps the resource with these properties and reasons, and has it
 * read before the next plan.
 */
export class InitFailure extends Error {
  readonly #detail: ErrorResourceInitFailed;

  constructor({ id, message, reasons }: InitFailedError, properties: Struct) {
    super(message);
    this.#detail = new ErrorResourceInitFailed()
      .setId(id)
      .setProperties(fitting(properties))
      .setReasonsList(reasons.slice(0, maxReasons).map(shortened))
      .setRefreshBeforeUpdate(true);
  }

  /** The error as gRPC carries it: a `google.rpc.Status` with its detail, in a header of its own. */
  status(): Partial<StatusObject> {
    const { Any } =
      require("google-protobuf/google/protobuf/any_pb") as typeof import("google-protobuf/google/protobuf/any_pb");
    const { Status } = require("@pulumi/pulumi/proto/status_pb") as typeof import("@pulumi/pulumi/proto/status_pb");
    const details = shortened(this.message);
    const detail = new Any();
    detail.pack(this.#detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const rich = new Status().setCode(status.UNKNOWN).setMessage(details).setDetailsList([detail]);
    const metadata = new Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(rich.serializeBinary()));
    return { code: status.UNKNOWN, details, metadata };
  }
}

/** Without the largest properties, if need be: a state that lacks one is healed by the next `up`, a lost one is not. */
function fitting(properties: Struct): Struct {
  const fields = properties.getFieldsMap();
  const sizes: { key: string; bytes: number }[] = [];
  fields.forEach((value, key) => {
    sizes.push({ key, bytes: value.serializeBinary().length });
  });
  let total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { key, bytes } of sizes.sort((a, b) => b.bytes - a.bytes)) {
    if (total <= maxFailedBytes) break;
    fields.del(key);
    total -= bytes;
  }
  return properties;
}

/** A message that gRPC can carry. */
function shortened(message: string): string {
  const text = message.length > maxLength ? `${message.slice(0, maxLength)}…` : message;
  return text.toWellFormed();
}
