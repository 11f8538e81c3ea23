import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const config = new pulumi.Config();
const protect = config.getBoolean("protect") ?? true;
const keys = config.get("keys") ?? "ab";

const group = new pulumi.ComponentResource("acme:index:Group", "group", {}, { protect });
const ns = new kv.Namespace("ns", { title: "data" }, { parent: group });
for (const key of keys) new kv.KeyValue(key, { namespaceId: ns.id, key, value: "1" }, { parent: group });
