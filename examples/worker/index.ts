import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const config = new pulumi.Config();

// The title is the binding's name: on a laptop the namespace of wrangler dev is taken over.
const shop = new kv.Namespace("shop", { title: "SHOP", adopt: true });
const { namespaceId } = shop;

new kv.KeyValue("flags", {
  namespaceId,
  key: "flags",
  valueJson: { checkout: config.getBoolean("checkout") ?? true, currency: "EUR" },
  adopt: true,
});

new kv.KeyValueSet("redirects", {
  namespaceId,
  keyPrefix: "redirect:",
  source: new pulumi.asset.FileAsset("redirects.csv"),
  adopt: true,
});

new kv.KeyValueSet("pages", {
  namespaceId,
  keyPrefix: "page:/",
  source: new pulumi.asset.FileArchive("pages"),
  stripExtension: true,
  contentType: true,
  adopt: true,
});

export { namespaceId };
