import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

class Flags extends pulumi.ComponentResource {
  readonly count: pulumi.Output<number>;

  constructor(name: string, args: { title: pulumi.Input<string> }, opts?: pulumi.ComponentResourceOptions) {
    super("acme:index:Flags", name, {}, opts);
    const namespace = new kv.Namespace(
      name,
      { title: args.title, adopt: true },
      { parent: this, retainOnDelete: true },
    );
    const set = new kv.KeyValueSet(
      "flags",
      {
        namespaceId: namespace.id,
        keyPrefix: "flag/",
        adopt: true,
        source: new pulumi.asset.FileAsset("flags.json"),
      },
      { parent: this, retainOnDelete: true },
    );
    new kv.KeyValue(
      "motto",
      { namespaceId: namespace.id, key: "motto", value: "as it is", adopt: true },
      { parent: this, dependsOn: set, retainOnDelete: true },
    );
    this.count = set.count;
    this.registerOutputs();
  }
}

export const count = new Flags("flags", { title: new pulumi.Config().get("title") ?? "site" }).count;
