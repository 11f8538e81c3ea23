const { KeyValueSet, Namespace } = require("pulumi-cloudflare-kv");

const { namespaceId } = new Namespace("flags");
new KeyValueSet("flags", { namespaceId, values: { beta: "on" } });
