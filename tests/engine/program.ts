import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { CheckFailure } from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  DeploymentInfo,
  type RegisterResourceOutputsRequest,
  type RegisterResourceRequest,
  RegisterResourceResponse,
  type ResourceInvokeRequest,
  ResourceInvokeResponse,
  ResourceMonitorFeature,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { plain, struct } from "./call";
import type { Deployment, Goal } from "./deployment";
import { type Command, Process } from "./process";
import { type Run, Stopped } from "./run";
import { type Served, serve, unary } from "./server";

/** The program's exit code when it has logged itself what went wrong. */
const loggedItself = 32;

/** Runs the program as the language host does, and does what it declares. */
export async function runProgram(run: Run, deployment: Deployment): Promise<void> {
  const rest = memo(() => deployment.deleteTheRest());
  const monitor = await serveMonitor(run, deployment, rest);
  const program = new Process(commandFor(run, monitor.address), run.print);
  const exited = program.exit.then((code) => {
    if (code === 0) return rest();
    if (!run.failed) run.fail("", code === loggedItself ? new Stopped() : `Program exited with code ${code}`);
  });
  await Promise.race([exited, run.stopping]);
  await deployment.end();
  await program.end();
  monitor.stop();
}

function serveMonitor(run: Run, deployment: Deployment, rest: () => Promise<void>): Promise<Served> {
  return serve(ResourceMonitorService, {
    getDeploymentInfo: unary(() => deploymentInfo(run)),
    registerResource: unary(async (request: RegisterResourceRequest) => {
      const option = unsupportedOption(request);
      if (option) run.fail("", `This engine does not do "${option}": run the program with the Pulumi CLI`);
      const state = await deployment.register(goalOf(request));
      const outputs = state.custom ? state.outputs : {};
      return new RegisterResourceResponse()
        .setUrn(state.urn)
        .setId(state.id ?? "")
        .setObject(struct(outputs));
    }),
    registerResourceOutputs: unary((request: RegisterResourceOutputsRequest) => {
      deployment.registerOutputs(request.getUrn(), plain(request.getOutputs()) ?? {});
      return new Empty();
    }),
    invoke: unary((request: ResourceInvokeRequest) => invoke(deployment, request)),
    signalAndWaitForShutdown: unary(async () => {
      await rest();
      return new Empty();
    }),
  });
}

function deploymentInfo(run: Run): DeploymentInfo {
  const { RESOURCE_MONITOR_FEATURE_SECRETS, RESOURCE_MONITOR_FEATURE_DELETED_WITH } = ResourceMonitorFeature;
  const { RESOURCE_MONITOR_FEATURE_ALIAS_SPECS } = ResourceMonitorFeature;
  return new DeploymentInfo()
    .setProject(run.project)
    .setStack(run.stack)
    .setDryrun(run.preview)
    .setSupportedfeaturesList([
      RESOURCE_MONITOR_FEATURE_SECRETS,
      RESOURCE_MONITOR_FEATURE_DELETED_WITH,
      RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    ]);
}

async function invoke(deployment: Deployment, request: ResourceInvokeRequest): Promise<ResourceInvokeResponse> {
  const args = plain(request.getArgs()) ?? {};
  const { properties, failures } = await deployment.invoke(request.getTok(), request.getVersion(), args);
  const problems = failures.map(({ property, reason }) => new CheckFailure().setProperty(property).setReason(reason));
  return new ResourceInvokeResponse().setReturn(struct(properties)).setFailuresList(problems);
}

function goalOf(request: RegisterResourceRequest): Goal {
  const propertyDependencies: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((urns, property) => {
    propertyDependencies[property] = urns.getUrnsList();
  });
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    version: request.getVersion(),
    inputs: plain(request.getObject()) ?? {},
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    deletedWith: request.getDeletedwith(),
    retainOnDelete: request.getRetainondelete(),
    ...(request.getDeletebeforereplacedefined() && { deleteBeforeReplace: request.getDeletebeforereplace() }),
  };
}

function unsupportedOption(request: RegisterResourceRequest): string | undefined {
  const used: Record<string, boolean> = {
    provider: request.getProvider() !== "" || request.getProvidersMap().getLength() > 0,
    aliases: request.getAliasesList().length + request.getAliasurnsList().length > 0,
    ignoreChanges: request.getIgnorechangesList().length > 0,
    replaceOnChanges: request.getReplaceonchangesList().length > 0,
    replaceWith: request.getReplaceWithList().length > 0,
    replacementTrigger: request.hasReplacementTrigger(),
    import: request.getImportid() !== "",
    protect: request.getProtect() ?? false,
    remote: request.getRemote(),
    customTimeouts: Object.values(request.getCustomtimeouts()?.toObject() ?? {}).some((timeout) => timeout !== ""),
  };
  return Object.keys(used).find((option) => used[option]);
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
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const main = createRequire(path.join(programDir, "index.js")).resolve("@pulumi/pulumi/cmd/run");
  return {
    file: process.execPath,
    args: [main, ...args, ...(run.preview ? ["--dry-run"] : []), "."],
    cwd: programDir,
    env: {
      ...env,
      PULUMI_CONFIG: JSON.stringify(config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretConfig),
      PULUMI_NODEJS_TYPESCRIPT: String(existsSync(path.join(programDir, "tsconfig.json"))),
    },
  };
}

function memo<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
