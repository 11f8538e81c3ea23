const kv = require("pulumi-cloudflare-kv");

const base = kv.getNamespaceOutput({ title: "base" });
const found = kv.getKeyValueOutput({ namespaceId: base.id, key: "a" });
const copy = new kv.Namespace("copy");
new kv.KeyValue("a", { namespaceId: copy.id, key: "a", value: found.value });
