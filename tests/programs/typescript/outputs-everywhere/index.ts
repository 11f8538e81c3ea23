import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const config = new pulumi.Config();
const ns = new kv.Namespace("ns", { title: Promise.resolve("main") });
const { title } = ns;

new kv.KeyValue("a", {
  namespaceId: pulumi.output(Promise.resolve(ns.id)),
  key: pulumi.interpolate`${"a"}`,
  value: Promise.resolve("1"),
  metadata: { owner: config.require("owner"), path: [title, { of: title }] },
});

new kv.KeyValue("dsn", {
  namespaceId: ns.id,
  key: "dsn",
  value: pulumi
    .all([config.requireSecret("password"), title])
    .apply(([password, host]) => `db://admin:${password}@${host}`),
});

new kv.KeyValueSet("listed", {
  namespaceId: ns.namespaceId,
  keyPrefix: "listed-",
  values: pulumi.output({ "0": Promise.resolve("zero") }),
  entries: [{ key: title, value: pulumi.output("one"), metadata: title }],
});
