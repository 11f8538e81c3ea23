import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import type { Command } from "./process";
import { type Properties, secret, unknown } from "./property";
import { Provider } from "./provider";
import type { Run } from "./run";
import type { ResourceState, Snapshot } from "./state";
import { packageOf, typeOf, urnOf } from "./urn";

const dynamicPackage = "pulumi-nodejs";
const providerTypes = "pulumi:providers:";
const pluginInRepository = path.resolve(__dirname, "../../../pulumi-resource-cloudflare-kv");

/** A provider, and how the state refers to it. */
export interface Registered {
  readonly provider: Provider;
  readonly reference: string;
}

export function isProvider(urn: string): boolean {
  return typeOf(urn).startsWith(providerTypes);
}

export function urnOfProvider(reference: string): string {
  return reference.slice(0, reference.lastIndexOf("::"));
}

/** The default providers of one operation: a process each, from the first call that needs it to the end. */
export class Providers {
  private readonly registered = new Map<string, Promise<Registered>>();
  private readonly recorded = new Map<string, Promise<Provider>>();

  constructor(
    private readonly run: Run,
    private readonly snapshot: Snapshot,
  ) {}

  /** With the stack's configuration of now: for what the program declares. */
  register(packageName: string, version: string): Promise<Registered> {
    const name = version === "" ? "default" : `default_${version.replace(/[.+-]/g, "_")}`;
    const urn = urnOf(this.run.stack, this.run.project, "", providerTypes + packageName, name);
    return once(this.registered, urn, () => this.registerNew(urn, packageName, version));
  }

  /** With the configuration in the state, unless it is registered: for what the program does not declare. */
  async ofState(reference: string): Promise<Provider> {
    const urn = urnOfProvider(reference);
    const registered = await this.registered.get(urn);
    return registered?.provider ?? once(this.recorded, urn, () => this.loadRecorded(urn));
  }

  isRegistered(urn: string): boolean {
    return this.registered.has(urn);
  }

  async stop(): Promise<void> {
    const started = [
      ...this.recorded.values(),
      ...[...this.registered.values()].map(async (one) => (await one).provider),
    ];
    const providers = (await Promise.allSettled(started)).filter((one) => one.status === "fulfilled");
    await Promise.all(providers.map((one) => one.value.stop()));
  }

  private async registerNew(urn: string, packageName: string, version: string): Promise<Registered> {
    const provider = await this.start(packageName);
    const old = this.snapshot.old(urn);
    const news = this.configOf(packageName);
    if (version !== "") news.version = version;
    const { properties: inputs, failures } = await provider.checkConfig(urn, old?.inputs ?? {}, news);
    if (failures.length > 0) {
      await provider.stop();
      throw this.run.rejection(urn, news, failures);
    }
    const kept = old && !(await this.changed(provider, old, inputs)) ? old : undefined;
    const id = old?.id ?? (this.run.preview ? unknown : randomUUID());
    provider.configure(urn, id, kept?.inputs ?? inputs);
    this.snapshot.settle({ ...providerState(urn, id), inputs, outputs: kept?.outputs ?? inputs }, old);
    return { provider, reference: `${urn}::${id}` };
  }

  private async changed(provider: Provider, old: ResourceState, inputs: Properties): Promise<boolean> {
    const diff = await provider.diffConfig(old, inputs);
    if (diff.replace) throw new Error("DiffConfig answered with a replacement, which this engine does not do");
    return diff.changes;
  }

  private async loadRecorded(urn: string): Promise<Provider> {
    const state = this.snapshot.old(urn);
    if (!state?.id) throw new Error(`could not find provider ${urn}`);
    const provider = await this.start(typeOf(urn).slice(providerTypes.length));
    provider.configure(urn, state.id, state.inputs);
    return provider;
  }

  private start(packageName: string): Promise<Provider> {
    return Provider.start(packageName, this.commandOf(packageName), this.run);
  }

  private commandOf(packageName: string): Command {
    const { programDir: cwd, pluginPath: file = pluginInRepository, config } = this.run.options;
    const env = { ...this.run.options.env, PULUMI_PROJECT: this.run.project };
    const args = [this.run.engineAddress];
    if (packageName !== dynamicPackage) {
      const own = Object.entries(config).filter(([key]) => packageOf(key) === packageName);
      const named = Object.fromEntries(own.map(([key, value]) => [key.slice(packageName.length + 1), value]));
      return { file, args, cwd, env: { ...env, PULUMI_CONFIG: JSON.stringify(named) } };
    }
    const script = createRequire(path.join(cwd, "index.js")).resolve("@pulumi/pulumi/cmd/dynamic-provider");
    const dynamicEnv = { ...env, PULUMI_CONFIG: "{}", PULUMI_NODEJS_PROJECT: this.run.project };
    return { file: process.execPath, args: [script, ...args], cwd, env: dynamicEnv };
  }

  /** As the engine gives configuration to a default provider: its own, and to the dynamic one all there is. */
  private configOf(packageName: string): Properties {
    const { config, secretConfig = [] } = this.run.options;
    const inputs: Properties = {};
    for (const [key, value] of Object.entries(config)) {
      if (packageName !== dynamicPackage && packageOf(key) !== packageName) continue;
      const name = packageName === dynamicPackage ? key : key.slice(packageName.length + 1);
      inputs[name] = secretConfig.includes(key) ? secret(value) : value;
    }
    return inputs;
  }
}

function providerState(urn: string, id: string): Omit<ResourceState, "inputs" | "outputs"> {
  return {
    urn,
    type: typeOf(urn),
    custom: true,
    id,
    dependencies: [],
    propertyDependencies: {},
    additionalSecretOutputs: [],
  };
}

function once<T>(memory: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const made = memory.get(key) ?? make();
  memory.set(key, made);
  return made;
}
