import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const ns = new kv.Namespace("ns", { title: new pulumi.Config().get("title") ?? "one", forceDestroy: true });
for (const key of ["a", "b"]) {
  new kv.KeyValue(key, { namespaceId: ns.id, key, value: "1" }, { parent: ns, deletedWith: ns });
}
