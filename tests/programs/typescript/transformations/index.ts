import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const tagged =
  (by: string): pulumi.ResourceTransformation =>
  ({ type, props, opts }) =>
    type.endsWith("cloudflare-kv:KeyValue")
      ? { props: { ...props, metadata: props.metadata ?? { by } }, opts }
      : undefined;

pulumi.runtime.registerStackTransformation(tagged("stack"));

const ns = new kv.Namespace("ns", { title: "data" });
const group = new pulumi.ComponentResource("acme:index:Group", "group", {}, { transformations: [tagged("component")] });
new kv.KeyValue("a", { namespaceId: ns.id, key: "a", value: "1" });
new kv.KeyValue("b", { namespaceId: ns.id, key: "b", value: "2" }, { parent: group });
