import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

interface FlagsArgs {
  flags: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

class Flags extends pulumi.ComponentResource {
  public readonly namespaceId: pulumi.Output<string>;

  constructor(name: string, args: FlagsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flags:index:Flags", name, args, opts);
    const ns = new kv.Namespace(`${name}-ns`, {}, { parent: this });
    new kv.KeyValueSet(`${name}-set`, { namespaceId: ns.namespaceId, values: args.flags }, { parent: this });
    this.namespaceId = ns.namespaceId;
    this.registerOutputs({ namespaceId: this.namespaceId });
  }
}

const config = new pulumi.Config();
const beta = config.get("beta") ?? "on";
export const namespaceId = new Flags("f", { flags: { beta, dark: "off" } }).namespaceId;
