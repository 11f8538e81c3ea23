import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

class Flags extends pulumi.ComponentResource {
  readonly namespaceId: pulumi.Output<string>;
  readonly keys: kv.KeyValue[];

  constructor(name: string, flags: Record<string, string>) {
    super("acme:index:Flags", name);
    const ns = new kv.Namespace(name, { title: name }, { parent: this });
    this.namespaceId = ns.namespaceId;
    this.keys = Object.entries(flags).map(
      ([key, value]) => new kv.KeyValue(key, { namespaceId: ns.id, key, value }, { parent: this }),
    );
    this.registerOutputs();
  }
}

const flags = new Flags("flags", { beta: "on", dark: "off" });
const { namespaceId } = flags;

const beta = kv.getKeyValueOutput({ namespaceId, key: "beta" }, { dependsOn: flags });
const copy = { namespaceId, key: "copy-of-beta", value: beta.apply(({ value }) => value ?? "") };
new kv.KeyValue("copy", copy);

// Everything that a dependsOn of Pulumi's own functions may be.
const later = pulumi.output(Promise.resolve(flags.keys));
const listed = kv.getKeysOutput({ namespaceId }, { dependsOn: pulumi.all([later, flags]).apply(([keys]) => keys) });
const found = kv.getNamespaceOutput({ title: "flags" }, { dependsOn: [flags, Promise.resolve(flags)], parent: flags });

export const count = listed.keys.apply((keys) => keys.filter(({ name }) => /^(beta|dark)$/.test(name)).length);
const names = listed.keys.apply((keys) => keys.map(({ name }) => name).filter((name) => /^(beta|dark)$/.test(name)));
new kv.KeyValue("seen", { namespaceId: found.namespaceId, key: "seen", value: names.apply((all) => all.join(",")) });
