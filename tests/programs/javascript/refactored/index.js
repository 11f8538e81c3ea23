const kv = require("pulumi-cloudflare-kv");

const { namespaceId } = new kv.Namespace("ns", { title: "data" });
new kv.KeyValue("first", { namespaceId, key: "a", value: "1" });
new kv.KeyValue("second", { namespaceId, key: "b", value: "2" });
