import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

class Redirects extends pulumi.ComponentResource {
  readonly count: pulumi.Output<number>;

  constructor(name: string, args: { namespaceId: pulumi.Input<string>; file: string }) {
    super("acme:index:Redirects", name);
    const source = new pulumi.asset.FileAsset(args.file);
    const set = new kv.KeyValueSet(
      name,
      { namespaceId: args.namespaceId, keyPrefix: `${name}:`, source },
      { parent: this },
    );
    this.count = set.count;
    this.registerOutputs({ count: this.count });
  }
}

const ns = new kv.Namespace("ns", { title: "site" });
const shop = new Redirects("shop", { namespaceId: ns.namespaceId, file: "shop.tsv" });
const blog = new Redirects("blog", { namespaceId: shop.count.apply(() => ns.namespaceId), file: "blog.csv" });
export const total = pulumi.all([shop.count, blog.count]).apply(([a, b]) => a + b);
