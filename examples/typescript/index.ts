import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const config = new pulumi.Config();

const shop = new kv.Namespace("shop");

// Text, with JSON beside it that Workers and `list` can read.
new kv.KeyValue("banner", {
  namespaceId: shop.namespaceId,
  key: "banner",
  value: config.get("banner") ?? "Free shipping until Sunday",
  metadata: { owner: "marketing", version: 1 },
});

// A value that expires an hour after it was last written.
new kv.KeyValue("session-salt", {
  namespaceId: shop.namespaceId,
  key: "session/salt",
  value: "b81fa0",
  expirationTtl: config.getNumber("saltTtl") ?? 3600,
});

// A secret stays encrypted in the state and hidden in the output.
new kv.KeyValue("payment-key", {
  namespaceId: shop.namespaceId,
  key: "payment/key",
  value: config.getSecret("paymentKey") ?? pulumi.secret("sk_test_example"),
});

// A file: the state holds its hash, not its bytes.
const logo = new kv.KeyValue("logo", {
  namespaceId: shop.namespaceId,
  key: "assets/logo.svg",
  source: new pulumi.asset.FileAsset("assets/logo.svg"),
  metadata: { contentType: "image/svg+xml" },
});

export const namespaceId = shop.namespaceId;
export const logoKey = logo.key;
