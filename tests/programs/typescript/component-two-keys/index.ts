import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

class Settings extends pulumi.ComponentResource {
  constructor(name: string) {
    super("shop:index:Settings", name);
    const ns = new kv.Namespace("settings", { title: "settings" }, { parent: this });
    new kv.KeyValue("motd", { namespaceId: ns.id, key: "motd", value: "hello" }, { parent: this });
    new kv.KeyValue("theme", { namespaceId: ns.id, key: "theme", value: "dark" }, { parent: this });
  }
}

new Settings("settings");
