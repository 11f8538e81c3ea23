import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

pulumi.runtime.registerResourceTransform(({ type, props, opts }) =>
  type.endsWith("cloudflare-kv:KeyValue") ? { props: { ...props, metadata: { by: "transform" } }, opts } : undefined,
);

const ns = new kv.Namespace("ns", { title: "data" });
const group = new pulumi.ComponentResource("acme:index:Group", "group");
new kv.KeyValue("a", { namespaceId: ns.id, key: "a", value: "1" }, { parent: group });
new kv.KeyValue("b", { namespaceId: ns.id, key: "b", value: "2" }, { parent: group });
