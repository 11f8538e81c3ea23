import * as kv from "pulumi-cloudflare-kv";

const shared = new kv.Namespace("shared", { title: "shared", adopt: true }, { retainOnDelete: true });
new kv.KeyValue("ours", { namespaceId: shared.id, key: "ours", value: "2" });
