import * as kv from "pulumi-cloudflare-kv";

const found = kv.getNamespaceOutput({ title: "platform" });
const platform = kv.Namespace.get("platform", found.id);
new kv.KeyValueSet("app", { namespaceId: found.id, keyPrefix: "app/", values: { name: platform.title } });
