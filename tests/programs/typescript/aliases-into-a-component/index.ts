import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const config = new pulumi.Config();
const place = config.get("place") ?? "top";
const value = config.get("value") ?? "1";
const ns = new kv.Namespace("ns", { title: "data" });

class Group extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("acme:index:Group", name, {}, opts);
    declare({ parent: this, ...(place !== "elsewhere" && { aliases: [{ parent: pulumi.rootStackResource }] }) });
    this.registerOutputs();
  }
}

function declare(opts: pulumi.CustomResourceOptions) {
  new kv.KeyValue("a", { namespaceId: ns.id, key: "a", value }, opts);
  new kv.KeyValue("b", { namespaceId: ns.id, key: "b", value }, opts);
  new kv.KeyValueSet("set", { namespaceId: ns.id, keyPrefix: "s/", values: { x: value } }, opts);
}

const ofGroup = (name: string) => `urn:pulumi:dev::project::acme:index:Group::${name}`;
if (place === "top") declare({ aliases: [{ parent: ofGroup("renamed") }] });
if (place === "component" || place === "elsewhere") new Group("group");
if (place === "renamed") new Group("renamed", { aliases: [{ name: "group" }] });
