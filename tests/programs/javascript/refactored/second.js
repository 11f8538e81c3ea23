const pulumi = require("@pulumi/pulumi");
const kv = require("pulumi-cloudflare-kv");

const parent = new pulumi.ComponentResource("acme:index:Group", "group");
const { namespaceId } = new kv.Namespace("ns", { title: "data" });
new kv.KeyValue("second", { namespaceId, key: "a", value: "1" }, { parent });
new kv.KeyValue("third", { namespaceId, key: "b", value: "2" }, { parent });
