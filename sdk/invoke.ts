import * as pulumi from "@pulumi/pulumi";

/** How the output form of a function is called. */
export interface FunctionOutputOptions {
  /** Resources that are there before the function is called. While a preview does not know one of them yet, its answer is unknown. */
  readonly dependsOn?: pulumi.CustomResource | readonly pulumi.CustomResource[];
}

/** Calls a function of this package in this process; what that takes is loaded with the first call. */
export async function invoke<Result>(name: string, args: object, hasSecretArgs = false): Promise<Result> {
  const program = require("pulumi-cloudflare-kv/functions") as typeof import("../provider/program");
  try {
    return (await program.invoke(name, { ...args }, { hasSecretArgs, config, status })) as Result;
  } catch (error) {
    throw forUsers(name, error);
  }
}

/** The same with arguments that other resources give, once all of them are known. */
export function invokeOutput<Result>(
  name: string,
  args: object,
  { dependsOn = [] }: FunctionOutputOptions = {},
): pulumi.Output<Result> {
  const ids = [dependsOn].flat().map(({ id }) => id);
  const known = pulumi.all([pulumi.output(args), pulumi.all(ids)]);
  return known.apply(async ([values]) => invoke<Result>(name, values, await pulumi.isSecret(known)));
}

function config(key: string): string | undefined {
  const [namespace, name = ""] = key.split(":");
  return new pulumi.Config(namespace).get(name);
}

function status(message: string): void {
  pulumi.log.info(message, undefined, undefined, true);
}

/** A program that ends by it prints the message alone: one of our own mistakes keeps its stack. */
function forUsers(name: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return error;
  return new pulumi.RunError(`${name}: ${error.message}`);
}
