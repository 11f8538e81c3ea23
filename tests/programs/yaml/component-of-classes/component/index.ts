import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

export interface FlagsArgs {
  flags: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

export class Flags extends pulumi.ComponentResource {
  public readonly namespaceId: pulumi.Output<string>;

  constructor(name: string, args: FlagsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("flags:index:Flags", name, args, opts);
    const ns = new kv.Namespace(`${name}-ns`, {}, { parent: this });
    new kv.KeyValueSet(`${name}-set`, { namespaceId: ns.namespaceId, values: args.flags }, { parent: this });
    this.namespaceId = ns.namespaceId;
    this.registerOutputs({ namespaceId: this.namespaceId });
  }
}
