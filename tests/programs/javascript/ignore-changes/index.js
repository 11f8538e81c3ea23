const pulumi = require("@pulumi/pulumi");
const kv = require("pulumi-cloudflare-kv");

const value = new pulumi.Config().get("value") ?? "1";
const { namespaceId } = kv.getNamespaceOutput({ title: "app" });
const seed = { namespaceId, values: { a: value }, driftDetection: "none" };
new kv.KeyValueSet("seed", seed, { ignoreChanges: ["values"] });
const metadata = { v: Number(value) };
new kv.KeyValue("b", { namespaceId, key: "b", value, metadata }, { ignoreChanges: ["value", "metadata.v"] });
