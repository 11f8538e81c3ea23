import type { AsyncLocalStorage } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { isComponentPackage, refuseProvider } from "./options";

/** How a function is called. */
export interface FunctionOptions {
  /** The resource that asks. A component that was given an explicit provider of this package is refused: functions know the stack's configuration alone. */
  readonly parent?: pulumi.Resource | undefined;
}

/** How the output form of a function is called. */
export interface FunctionOutputOptions extends FunctionOptions {
  /** Resources that are there before the function is called; a component stands for all its parts. While a preview does not know one of them yet, the answer is unknown. */
  readonly dependsOn?:
    | pulumi.Input<readonly pulumi.Input<pulumi.Resource>[]>
    | pulumi.Input<pulumi.Resource>
    | undefined;
}

/** Calls a function of this package in this process; what that takes is loaded with the first call. */
export async function invoke<Result>(name: string, args: object, opts: FunctionOptions = {}): Promise<Result> {
  refuseProvider(name, opts as pulumi.InvokeOptions);
  if (isMocked()) return (await pulumi.runtime.invoke(tokenOf(name), { ...args })) as Result;
  return call(name, args);
}

/** The same with arguments that other resources give, once all of them are known and all that it depends on is there. */
export function invokeOutput<Result>(
  name: string,
  args: object,
  opts: FunctionOutputOptions = {},
): pulumi.Output<Result> {
  refuseProvider(name, opts as pulumi.InvokeOptions);
  const { dependsOn } = opts as pulumi.InvokeOutputOptions;
  if (isMocked()) {
    return pulumi.runtime.invokeOutput<Result>(
      tokenOf(name),
      { ...args },
      dependsOn === undefined ? {} : { dependsOn },
    );
  }
  const known = pulumi.all([pulumi.output(args), pulumi.output(there(dependsOn))]);
  return known.apply(async ([values]) => call<Result>(name, values, await pulumi.isSecret(known)));
}

function tokenOf(name: string): string {
  return `cloudflare-kv:index:${name}`;
}

/** True in a unit test of the program, where `pulumi.runtime.setMocks` says what functions answer. */
function isMocked(): boolean {
  return "mocks" in (pulumi.runtime.getMonitor() ?? {});
}

/** As in Pulumi's own functions: resources, outputs and promises of them, in lists too; components by their parts. */
async function there(dependsOn: pulumi.InvokeOutputOptions["dependsOn"]): Promise<pulumi.Output<unknown>[]> {
  if (dependsOn === undefined) return [];
  const dependencies = require("@pulumi/pulumi/runtime/dependsOn") as PulumiDependencies;
  const resources = new Set(await dependencies.gatherExplicitDependencies(dependsOn));
  const parts = await dependencies.getAllTransitivelyReferencedResources(resources, new Set());
  return parts.map((part) => (pulumi.CustomResource.isInstance(part) ? part.id : part.urn));
}

interface PulumiDependencies {
  gatherExplicitDependencies(dependsOn: unknown): Promise<pulumi.Resource[]>;
  getAllTransitivelyReferencedResources(
    resources: ReadonlySet<pulumi.Resource>,
    exclude: ReadonlySet<pulumi.Resource>,
  ): Promise<pulumi.Resource[]>;
}

/** The program lives until it is answered, as with a call of the engine. */
async function call<Result>(name: string, args: object, hasSecretArgs = false): Promise<Result> {
  const done = pulumi.runtime.rpcKeepAlive();
  const program = require("pulumi-cloudflare-kv/functions") as typeof import("../provider/entries/functions");
  const stack = { hasSecretArgs, config, status, env: process.env, isInline: isInline() };
  try {
    return (await program.callFunction(name, { ...args }, stack)) as Result;
  } catch (error) {
    throw forUsers(name, error);
  } finally {
    done();
  }
}

/**
 * True in an inline program of the Automation API: it runs in the process of whoever uses that, and nothing tells it
 * the environment of its workspace. Pulumi keeps what belongs to each of such programs in one place for all its copies,
 * as it does in the process of a component package, which has the engine's environment.
 */
function isInline(): boolean {
  const { asyncLocalStorage } = globalThis as { asyncLocalStorage?: AsyncLocalStorage<unknown> };
  return asyncLocalStorage?.getStore() !== undefined && !isComponentPackage();
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
