import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** For what the classes cannot do. */
const pluginSdk = "the plugin's SDK, which `npm install @pulumi-cloudflare-kv/cloudflare-kv` brings";

const remedyOfImport: Readonly<Record<string, string>> = {
  Namespace: "set adopt: true in its arguments, which takes over the namespace with its title",
};

/** Throws a sentence where an option asks for what Pulumi's dynamic resources do not have, and would leave out silently. */
export function refuseOptions(type: string, name: string, opts: pulumi.CustomResourceOptions = {}): void {
  const subject = `${type} "${name}"`;
  if (isComponentPackage()) {
    throw new pulumi.RunError(
      `${subject} cannot be made in a component package, whose users may have neither Node.js nor this package: use ${pluginSdk} in place of the classes of pulumi-cloudflare-kv`,
    );
  }
  if (isWithoutNode()) {
    throw new pulumi.RunError(
      `${subject} is made by Pulumi's dynamic provider, which runs on Node.js, and there is no node on PATH: install Node.js; or use ${pluginSdk}`,
    );
  }
  if (opts.import) {
    const remedy = remedyOfImport[type] ?? "declare it without, for an up writes over what is there";
    throw new pulumi.RunError(
      `${subject} does not have the option import: ${remedy}; or use ${pluginSdk}, and \`pulumi import\``,
    );
  }
  refuseProvider(subject, opts);
}

/** The same for what can be given to a function. */
export function refuseProvider(subject: string, opts: pulumi.InvokeOptions): void {
  const { parent, provider } = opts;
  const isGiven = provider && meant.includes(packageOf(provider));
  const inherited = pulumi.Resource.isInstance(parent) ? parent.getProvider("cloudflare-kv:index:") : undefined;
  if (!isGiven && !inherited) return;
  const whose = isGiven ? "the option provider" : "the provider of its parent";
  throw new pulumi.RunError(
    `${subject} cannot use ${whose} because the classes and functions of pulumi-cloudflare-kv know the stack's configuration alone: use ${pluginSdk}`,
  );
}

/** Those of other packages are handed on with a component's options, and Pulumi leaves them out too. */
const meant = ["cloudflare-kv", "cloudflare"];

function packageOf(provider: pulumi.ProviderResource): string {
  return (provider as unknown as { getPackage(): string }).getPackage();
}

/** True in the process of a package of components, which a program in any language may use. */
export function isComponentPackage(): boolean {
  return /[\\/]cmd[\\/]run-plugin([\\/]|$)/.test(process.argv[1] ?? "");
}

/** True for a program that Bun runs, where nothing else can run what Pulumi starts beside it. */
function isWithoutNode(): boolean {
  if (process.versions.bun === undefined) return false;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return !folders.some((folder) => ["node", "node.exe"].some((name) => existsSync(join(folder, name))));
}
