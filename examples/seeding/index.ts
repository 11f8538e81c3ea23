import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const site = new kv.Namespace("site");

// 3,000 redirects, a line each: `wrangler kv bulk put` reads the same objects. Change a line, and only that key is sent.
const redirects = new kv.KeyValueSet("redirects", {
  namespaceId: site.namespaceId,
  keyPrefix: "redirect:",
  source: new pulumi.asset.FileAsset("redirects.ndjson"),
});

// Every file below assets/ under its path. Whatever else comes to be below the prefix is deleted by the next update.
const assets = new kv.KeyValueSet("assets", {
  namespaceId: site.namespaceId,
  keyPrefix: "assets/",
  source: new pulumi.asset.FileArchive("assets"),
  metadata: { cacheControl: "public, max-age=86400" },
  prune: "unlisted",
});

// A few keys stand best in the program itself.
new kv.KeyValueSet("settings", {
  namespaceId: site.namespaceId,
  values: { "site:name": "Example Shop", "site:currency": "EUR" },
  entries: [{ key: "site:maintenance", value: "off", metadata: { since: "2026-01-01" } }],
});

export const namespaceId = site.namespaceId;
export const redirectCount = redirects.count;
export const assetBytes = assets.bytes;
