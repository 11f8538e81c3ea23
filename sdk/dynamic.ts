import * as pulumi from "@pulumi/pulumi";
import { asJson } from "./json";
import { refuseOptions } from "./options";
import { secretInputs } from "./secret-inputs";

/** The dynamic provider of a type of resource: it requires this package by its name, whatever its version. */
export function providerText(type: string): string {
  return `exports.handler=()=>require("pulumi-cloudflare-kv/dynamic").handler(${JSON.stringify(type)});`;
}

/**
 * What `pulumi.dynamic.Resource` does, less the serializer: the provider is a constant text that requires the
 * installed package, so an upgrade of the package changes nothing, the state stays small, and ES modules and links
 * work. The internal input `__urn` tells the provider which resource it serves, which Pulumi's dynamic process
 * does not; `__secrets` which of the inputs are secret.
 */
export abstract class DynamicResource extends pulumi.CustomResource {
  /** `properties` names all inputs and outputs: Pulumi resolves only those that it has been told of. */
  protected constructor(
    type: string,
    properties: readonly string[],
    name: string,
    args: object,
    opts?: pulumi.CustomResourceOptions,
  ) {
    refuseOptions(type, name, opts);
    const token = `pulumi-nodejs:dynamic/cloudflare-kv:${type}`;
    const internal = { __provider: providerText(type), __urn: urnOf(name, token, opts?.parent) };
    const outputs = Object.fromEntries(properties.map((property) => [property, undefined]));
    const inputs = { ...asJson(`${type} "${name}"`, args), ...internal, __secrets: secretInputs(args) };
    super(token, name, { ...outputs, ...inputs }, opts);
  }
}

/**
 * A promise, for an output would make the resource depend on its parent: a component, of which it is a part, is
 * there only when all its parts are.
 */
function urnOf(name: string, token: string, parent: unknown): Promise<string> {
  const urn = pulumi.createUrn(name, token, pulumi.Resource.isInstance(parent) ? parent : undefined);
  return (urn as unknown as { promise(): Promise<string> }).promise();
}
