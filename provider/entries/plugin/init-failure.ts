import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type InitFailedError, maxFailedBytes } from "../../pulumi/errors";
import { shortened } from "./shortened";

const maxReasons = 100;

/** An `InitFailedError` on its way to the engine, which keeps the resource with these properties and reasons. */
export class InitFailure extends Error {
  readonly #detail: ErrorResourceInitFailed;

  constructor({ id, message, reasons }: InitFailedError, properties: Struct) {
    super(message);
    this.#detail = new ErrorResourceInitFailed()
      .setId(id)
      .setProperties(fitting(properties))
      .setReasonsList(reasons.slice(0, maxReasons).map(shortened));
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
