import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { CheckFailure } from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  type RegisterResourceOutputsRequest,
  type RegisterResourceRequest,
  RegisterResourceResponse,
  type ResourceInvokeRequest,
  ResourceInvokeResponse,
  type SupportsFeatureRequest,
  SupportsFeatureResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { encode, plain, struct } from "./call";
import type { Deployment } from "./deployment";
import { runInline } from "./inline-program";
import type { Declare, InlineProgram } from "./operation";
import { type Command, Process } from "./process";
import { type Run, Stopped } from "./run";
import { type Served, serve, unary } from "./server";
import type { ResourceState } from "./state";
import { urnOf } from "./urn";

/** The exit code of a program that has logged itself what went wrong. */
const loggedItself = 32;

/** Runs the program as the language host does, and does what it declares. */
export async function runProgram(run: Run, deployment: Deployment): Promise<void> {
  let rest: Promise<void> | undefined;
  const deleteTheRest = () => {
    rest ??= deployment.deleteTheRest();
    return rest;
  };
  const monitor = await serveMonitor(run, deployment, deleteTheRest);
  const { program } = run.options;
  const running = program ? inline(run, monitor.address, program) : spawned(run, monitor.address);
  const done = running.ended.then((hasSucceeded) => (hasSucceeded ? deleteTheRest() : undefined));
  await Promise.race([done, run.stopping]);
  await deployment.end();
  await running.stop();
  await monitor.stop();
}

interface RunningProgram {
  /** False where it has failed. */
  readonly ended: Promise<boolean>;
  stop(): Promise<unknown>;
}

function spawned(run: Run, monitorAddress: string): RunningProgram {
  const program = new Process(commandFor(run, monitorAddress), run.print);
  const ended = program.exit.then((code) => {
    if (code !== 0 && !run.failed) {
      run.fail("", code === loggedItself ? new Stopped() : `Program exited with code ${code}`);
    }
    return code === 0;
  });
  return { ended, stop: () => program.end() };
}

/** It cannot be stopped: where it is answered that the engine is going it waits for its end, and is left. */
function inline(run: Run, monitorAddress: string, program: InlineProgram): RunningProgram {
  const ended = runInline(run, monitorAddress, program).then(
    () => true,
    (error: unknown) => {
      if (!run.failed) run.fail("", error);
      return false;
    },
  );
  return { ended, stop: async () => {} };
}

/** Does what is declared without a program; like a program it ends when something has failed. */
export async function runDeclarations(run: Run, deployment: Deployment, declare: Declare): Promise<void> {
  const declared = declare(deployment)
    .then(() => deployment.deleteTheRest())
    .catch((error: unknown) => run.fail("", error));
  await Promise.race([declared, run.stopping]);
  await deployment.end();
}

function serveMonitor(run: Run, deployment: Deployment, deleteTheRest: () => Promise<void>): Promise<Served> {
  return serve(ResourceMonitorService, {
    supportsFeature: unary((request: SupportsFeatureRequest) =>
      new SupportsFeatureResponse().setHassupport(["secrets", "deletedWith"].includes(request.getId())),
    ),
    registerResource: unary(async (request: RegisterResourceRequest) => {
      refuseUnsupported(run, request);
      const state = declaredState(run, request);
      const wishes = {
        version: request.getVersion(),
        ...(request.getDeletebeforereplacedefined() && { deleteBeforeReplace: request.getDeletebeforereplace() }),
      };
      await deployment.register(state, wishes);
      const { urn, id = "", outputs } = state;
      return encode(new RegisterResourceResponse(), { urn, id, object: state.custom ? outputs : {} });
    }),
    registerResourceOutputs: unary((request: RegisterResourceOutputsRequest) => {
      deployment.registerOutputs(request.getUrn(), plain(request.getOutputs()) ?? {});
      return new Empty();
    }),
    invoke: unary(async (request: ResourceInvokeRequest) => {
      const args = plain(request.getArgs()) ?? {};
      const { properties, failures } = await deployment.invoke(request.getTok(), request.getVersion(), args);
      const refusals = failures.map((failure) => encode(new CheckFailure(), { ...failure }));
      return new ResourceInvokeResponse().setReturn(struct(properties)).setFailuresList(refusals);
    }),
    signalAndWaitForShutdown: unary(async () => {
      await deleteTheRest();
      return new Empty();
    }),
  });
}

function declaredState(run: Run, request: RegisterResourceRequest): ResourceState {
  const { type, name, custom, parent, deletedwith: deletedWith } = request.toObject();
  const propertyDependencies: ResourceState["propertyDependencies"] = {};
  request.getPropertydependenciesMap().forEach((urns, property) => {
    propertyDependencies[property] = urns.getUrnsList();
  });
  return {
    urn: urnOf(run.stack, run.project, parent, type, name),
    type,
    custom,
    inputs: plain(request.getObject()) ?? {},
    outputs: {},
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    ...(parent && { parent }),
    ...(deletedWith && { deletedWith }),
    ...(request.getRetainondelete() && { retainOnDelete: true }),
  };
}

function refuseUnsupported(run: Run, request: RegisterResourceRequest): void {
  const options: Record<string, unknown[]> = {
    provider: [request.getProvider(), ...request.getProvidersMap().keys()],
    aliases: request.getAliasurnsList(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    replacementTrigger: [request.getReplacementTrigger()],
    import: [request.getImportid()],
    protect: [request.getProtect()],
    customTimeouts: Object.values(request.getCustomtimeouts()?.toObject() ?? {}),
  };
  const option = Object.keys(options).find((name) => options[name]?.some(Boolean));
  if (option) run.fail("", `This engine does not have the option ${option}: the Pulumi CLI does`);
}

function commandFor(run: Run, monitorAddress: string): Command {
  const { programDir, config, secretConfig = [], env, parallel = 16 } = run.options;
  const flags = {
    monitor: monitorAddress,
    engine: run.engineAddress,
    organization: "organization",
    project: run.project,
    "root-directory": programDir,
    stack: run.stack,
    pwd: programDir,
    parallel: String(parallel),
  };
  const main = createRequire(path.join(programDir, "index.js")).resolve("@pulumi/pulumi/cmd/run");
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const program = {
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretConfig),
    PULUMI_NODEJS_TYPESCRIPT: String(existsSync(path.join(programDir, "index.ts"))),
  };
  return {
    file: process.execPath,
    args: [main, ...args, ...(run.preview ? ["--dry-run"] : []), "."],
    cwd: programDir,
    env: { ...env, ...program },
  };
}
