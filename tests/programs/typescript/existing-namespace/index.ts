import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

class Platform extends pulumi.ComponentResource {
  readonly namespace: kv.Namespace;
  readonly keys: kv.KeyValue[];

  constructor(title: string) {
    super("acme:index:Platform", title);
    const { id } = kv.getNamespaceOutput({ title });
    this.namespace = kv.Namespace.get(title, id, { parent: this });
    this.keys = ["motd", "theirs"].map((key) =>
      kv.KeyValue.get(key, pulumi.interpolate`${id}/${key}`, { parent: this }),
    );
    this.registerOutputs();
  }
}

const { namespace, keys } = new Platform("platform");
const motd = pulumi.all(keys.map(({ value }) => value)).apply((values) => values.join(""));
const values = { name: namespace.title, motd };
new kv.KeyValueSet("app", { namespaceId: namespace.id, keyPrefix: "app/", values });
