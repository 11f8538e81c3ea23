const pulumi = require("@pulumi/pulumi");
const kv = require("pulumi-cloudflare-kv");

const config = new pulumi.Config();
const ns = new kv.Namespace("ns", { title: "app" });

// The same file goes through `wrangler kv bulk put` on a laptop: its keys are whole.
const users = new kv.KeyValueSet("users", {
  namespaceId: ns.id,
  keyPrefix: config.get("prefix") ?? "user:",
  keysIncludePrefix: config.getBoolean("included") ?? true,
  jsonValues: config.getBoolean("json") ?? true,
  source: new pulumi.asset.FileAsset("bulk.json"),
});

new kv.KeyValue(
  "summary",
  {
    namespaceId: ns.id,
    key: "summary",
    valueJson: { users: users.count, by: pulumi.secret("hunter2"), none: null, nested: [{ title: ns.title }] },
  },
  { dependsOn: [users] },
);
