import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const ns = new kv.Namespace("ns", { title: "plans" });
const tenants = kv.getNamespaceOutput({ title: "tenants" });

kv.getKeysOutput({ namespaceId: tenants.namespaceId }).apply(({ keys }) => {
  for (const { name } of keys) {
    const plan = kv.getKeyValueOutput({ namespaceId: tenants.namespaceId, key: name });
    const value = plan.apply((found) => found.value ?? "free");
    new kv.KeyValue(name, { namespaceId: ns.namespaceId, key: `tenant:${name}`, value });
  }
});

class Late extends pulumi.ComponentResource {
  constructor() {
    super("acme:index:Late", "late");
    tenants.title.apply(() => {
      const args = { namespaceId: ns.namespaceId, key: "nested", value: "in a component" };
      new kv.KeyValue("nested", args, { parent: this });
    });
  }
}

new Late();
