const kv = require("pulumi-cloudflare-kv");

const namespaceId = kv.getNamespaceOutput({ title: "data" }).namespaceId;
new kv.KeyValue("a", { namespaceId, key: "a", value: "1" }, { retainOnDelete: true });
new kv.KeyValue("b", { namespaceId, key: "b", value: "1" });
new kv.KeyValueSet("s", { namespaceId, keyPrefix: "s/", values: { x: "1" } }, { retainOnDelete: true });
