import { CheckFailure } from "@pulumi/pulumi/proto/provider_pb";
import { topLevel } from "../../pulumi/property-path";
import type * as resource from "../../pulumi/resource-provider";
import type { Decoded } from "./codec";

/** As much of a value as helps who reads an error. */
const maxShown = 100;

/**
 * The CLI prints the whole value of the property that a failure names: where that is secret, or more than a few words,
 * the reason names the property instead.
 */
export function checkFailure({ property, reason }: resource.CheckFailure, { properties, secrets }: Decoded) {
  const name = topLevel(property);
  if (!secrets.has(name) && isShort(properties[name]))
    return new CheckFailure().setProperty(property).setReason(reason);
  return new CheckFailure().setReason(`${property}: ${reason}`);
}

function isShort(value: unknown): boolean {
  return typeof value === "string" ? value.length <= maxShown : typeof value !== "object" || value === null;
}
