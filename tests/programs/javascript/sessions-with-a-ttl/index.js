const pulumi = require("@pulumi/pulumi");
const kv = require("pulumi-cloudflare-kv");

const expirationTtl = new pulumi.Config().getNumber("ttl") ?? 3600;
const { id: namespaceId } = new kv.Namespace("ns", { title: "sessions" });
new kv.KeyValue("a", { namespaceId, key: "a", value: "1", expirationTtl });
new kv.KeyValueSet("s", { namespaceId, keyPrefix: "s/", entries: [{ key: "b", value: "2" }], expirationTtl });
