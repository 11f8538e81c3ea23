import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { InputError } from "../../pulumi/errors";

/** A field without which a request cannot be answered. */
export function required<T extends string | Struct>(rpc: string, field: string, value: T | undefined): T {
  if (value) return value;
  throw new InputError(`Malformed ${rpc} request: expected ${field}, received none`);
}
