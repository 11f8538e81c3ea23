import { readFileSync } from "node:fs";
import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const data = new pulumi.StackReference(config.require("data"));

// The Worker as Pulumi deploys it, in place of `wrangler deploy`; `npm run bundle` has written the module.
new cloudflare.WorkersScript("shop", {
  accountId: config.require("accountId"),
  scriptName: "shop",
  compatibilityDate: "2026-08-01",
  mainModule: "worker.js",
  content: readFileSync("../dist/worker.js", "utf8"),
  bindings: [{ name: "SHOP", type: "kv_namespace", namespaceId: data.requireOutput("namespaceId") }],
});
