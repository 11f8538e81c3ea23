import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

export interface RegionArgs {
  namespaceId: pulumi.Input<string>;
  region: string;
}

class Limits extends pulumi.ComponentResource {
  constructor(name: string, args: RegionArgs, opts: pulumi.ComponentResourceOptions) {
    super("acme:index:Limits", name, args, opts);
    const { namespaceId, region } = args;
    const set = { namespaceId, keyPrefix: `${region}/limits/`, values: { rps: "10" } };
    new kv.KeyValueSet(`${region}-limits`, set, { parent: this });
    this.registerOutputs();
  }
}

export class Region extends pulumi.ComponentResource {
  constructor(name: string, args: RegionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("acme:index:Region", name, args, opts);
    const { namespaceId, region } = args;
    const key = (key: string, value: string, more?: pulumi.CustomResourceOptions) =>
      new kv.KeyValue(`${region}-${key}`, { namespaceId, key: `${region}/${key}`, value }, { parent: this, ...more });
    const own = key("region", region);
    const motd = key("motd", `hello ${region}`, { dependsOn: own });
    const limits = new Limits(`${region}-limits`, args, { parent: this, dependsOn: [motd] });
    key("ready", "yes", { dependsOn: [limits, motd] });
    this.registerOutputs({ region });
  }
}
