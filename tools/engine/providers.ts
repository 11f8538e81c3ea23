import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import type { StackOptions, StartedProvider } from "./operation";
import { type Command, startServer } from "./process";
import { type Properties, secret, unknown, withoutSecrets } from "./property";
import { Provider } from "./provider";
import type { Run } from "./run";
import type { ResourceState, Snapshot } from "./state";
import { packageOf, typeOf, urnOf } from "./urn";

const dynamicPackage = "pulumi-nodejs";
const providerTypes = "pulumi:providers:";
const pluginOfRepository = path.resolve(__dirname, "../../../pulumi-resource-cloudflare-kv");

export function isProvider(urn: string): boolean {
  return typeOf(urn).startsWith(providerTypes);
}

export function urnOfProvider(reference: string): string {
  return reference.slice(0, reference.lastIndexOf("::"));
}

interface Referenced {
  readonly provider: Provider;
  /** How the state refers to it. */
  readonly reference: string;
}

/** The default providers of one operation: a process each, from the first call that needs it to the end. */
export class Providers {
  private readonly registered = new Map<string, Promise<Referenced>>();
  private readonly recorded = new Map<string, Promise<Referenced>>();

  constructor(
    private readonly run: Run,
    private readonly snapshot: Snapshot,
  ) {}

  /** With the stack's configuration of now: for what the program declares. */
  register(packageName: string, version: string): Promise<Referenced> {
    const name = version === "" ? "default" : `default_${version.replace(/[.+-]/g, "_")}`;
    const urn = urnOf(this.run.stack, this.run.project, "", providerTypes + packageName, name);
    return once(this.registered, urn, () => this.registerNew(urn, packageName, version));
  }

  /** With the configuration in the state, unless it is registered: for what the program does not declare. */
  async ofState(reference: string): Promise<Provider> {
    const urn = urnOfProvider(reference);
    const known = this.registered.get(urn) ?? once(this.recorded, urn, () => this.load(urn, reference));
    return (await known).provider;
  }

  isRegistered(urn: string): boolean {
    return this.registered.has(urn);
  }

  async cancel(): Promise<void> {
    await Promise.allSettled(this.started().map(async (one) => (await one).provider.cancel()));
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.started().map(async (one) => (await one).provider.stop()));
  }

  private started(): Promise<Referenced>[] {
    return [...this.registered.values(), ...this.recorded.values()];
  }

  private async registerNew(urn: string, packageName: string, version: string): Promise<Referenced> {
    const provider = await this.start(packageName);
    try {
      const old = this.snapshot.old(urn);
      const news = { ...this.configOf(packageName), ...(version !== "" && { version }) };
      const { properties: inputs, failures } = await provider.checkConfig(urn, old?.inputs ?? {}, news);
      if (failures.length > 0) this.run.reject(urn, news, failures);
      const same = old && !(await this.isChanged(provider, old, inputs)) ? old : undefined;
      const id = old?.id ?? (this.run.preview ? unknown : randomUUID());
      provider.configure(urn, id, same?.inputs ?? inputs);
      const state = { urn, type: typeOf(urn), custom: true, id, inputs, outputs: same?.outputs ?? inputs };
      this.snapshot.settle({ ...state, dependencies: [], propertyDependencies: {} }, old);
      return { provider, reference: `${urn}::${id}` };
    } catch (error) {
      await provider.stop();
      throw error;
    }
  }

  private async isChanged(provider: Provider, old: ResourceState, inputs: Properties): Promise<boolean> {
    const diff = await provider.diffConfig(old, inputs);
    if (diff.replace) throw new Error("DiffConfig answered with a replacement, which this engine cannot do");
    return diff.changes;
  }

  private async load(urn: string, reference: string): Promise<Referenced> {
    const { id, type, inputs } = this.snapshot.old(urn) ?? {};
    if (!id || !type || !inputs) throw new Error(`could not find provider ${reference}`);
    const provider = await this.start(type.slice(providerTypes.length));
    provider.configure(urn, id, inputs);
    return { provider, reference };
  }

  private async start(packageName: string): Promise<Provider> {
    const { options, project, engineAddress, print } = this.run;
    const own =
      packageName === dynamicPackage
        ? { PULUMI_NODEJS_PROJECT: project }
        : { PULUMI_CONFIG: JSON.stringify(withoutSecrets(this.configOf(packageName))) };
    const env = { ...options.env, PULUMI_PROJECT: project, ...own };
    const command = commandOf(packageName, { ...options, env }, engineAddress);
    const { startPlugin } = packageName === dynamicPackage ? {} : options;
    const started = startPlugin
      ? await startPlugin({ engineAddress, env, cwd: options.programDir })
      : await startProvider(command, print);
    return Provider.open(packageName, started, path.dirname(command.file), this.run);
  }

  /** A default provider is given its own part of the configuration; the dynamic one is given all of it. */
  private configOf(packageName: string): Properties {
    const { config, secretConfig = [] } = this.run.options;
    const isDynamic = packageName === dynamicPackage;
    const own = Object.entries(config).filter(([key]) => isDynamic || packageOf(key) === packageName);
    const inputs = own.map(([key, value]) => {
      const name = isDynamic ? key : key.slice(packageName.length + 1);
      return [name, secretConfig.includes(key) ? secret(value) : value] as const;
    });
    return Object.fromEntries(inputs);
  }
}

/** In a process of its own. */
export async function startProvider(command: Command, print: (line: string) => void): Promise<StartedProvider> {
  const [process, address] = await startServer(command, print);
  return { address, pid: process.pid, end: () => process.end() };
}

/** How the engine starts a package's provider. */
export function commandOf(packageName: string, options: ProcessOptions, engineAddress: string): Command {
  const { programDir: cwd, pluginPath: file = pluginOfRepository, env } = options;
  if (packageName !== dynamicPackage) return { file, args: [engineAddress], cwd, env };
  const script = createRequire(path.join(cwd, "index.js")).resolve("@pulumi/pulumi/cmd/dynamic-provider");
  return { file: process.execPath, args: [script, engineAddress], cwd, env };
}

type ProcessOptions = Pick<StackOptions, "programDir" | "pluginPath"> & Pick<Command, "env">;

function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const one = made.get(key) ?? make();
  made.set(key, one);
  return one;
}
