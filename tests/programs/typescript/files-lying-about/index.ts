import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const { FileArchive, FileAsset, StringAsset } = pulumi.asset;
const { id: namespaceId } = new kv.Namespace("ns", { title: "site" });

new kv.KeyValueSet("assets", { namespaceId, keyPrefix: "assets/", source: new FileArchive("./public") });
new kv.KeyValue("logo", { namespaceId, key: "logo", source: new FileAsset("logo.svg") });
new kv.KeyValue("note", { namespaceId, key: "note", source: new StringAsset("plain text") });
new kv.KeyValueSet("redirects", { namespaceId, keyPrefix: "r:", source: new FileAsset("redirects.ndjson") });
