import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const flags = new pulumi.Config().requireObject<Record<string, unknown>>("flags");
const ns = new kv.Namespace("ns", { title: "flags" });
for (const [key, value] of Object.entries(flags)) {
  new kv.KeyValue(`flag-${key}`, { namespaceId: ns.id, key, value: String(value) });
}
