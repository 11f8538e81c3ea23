const pulumi = require("@pulumi/pulumi");
const kv = require("pulumi-cloudflare-kv");

const ns = new kv.Namespace("ns", { title: "site" });
// What `wrangler kv bulk get` has printed some day.
const backup = new kv.KeyValueSet("backup", {
  namespaceId: ns.id,
  keyPrefix: "restored/",
  source: new pulumi.asset.FileAsset("backup.json"),
});
const inline = new kv.KeyValueSet(
  "inline",
  { namespaceId: ns.id, format: "csv", source: new pulumi.asset.StringAsset("key,value\nmotto,Hello\n") },
  { dependsOn: backup },
);
exports.keys = pulumi.all([backup.count, inline.count]);
