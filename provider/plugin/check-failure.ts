import { CheckFailure } from "@pulumi/pulumi/proto/provider_pb";
import type * as resource from "../resources/resource";
import { topLevel } from "./property-path";
import type { SecretChildren } from "./secrets";

/** The CLI prints the value of the property that a failure names: where that is secret, the reason names it instead. */
export function checkFailure({ property, reason }: resource.CheckFailure, secrets: SecretChildren): CheckFailure {
  if (!secrets.has(topLevel(property))) return new CheckFailure().setProperty(property).setReason(reason);
  return new CheckFailure().setReason(`${property}: ${reason}`);
}
