import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const ns = new kv.Namespace("ns", { title: "data" });

class Data extends pulumi.ComponentResource {
  constructor(keys: string[], as: string) {
    super("acme:index:Data", "data");
    const opts = { parent: this };
    const namespaceId = ns.namespaceId;
    const values = Object.fromEntries(keys.map((key) => [key, key]));
    if (as === "set") new kv.KeyValueSet("set", { namespaceId, keyPrefix: "k/", values }, opts);
    else for (const key of keys) new kv.KeyValue(key, { namespaceId, key: `k/${key}`, value: key }, opts);
    this.registerOutputs();
  }
}

new Data(["a", "b", "c"], new pulumi.Config().get("as") ?? "keys");
