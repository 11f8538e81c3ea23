import * as pulumi from "@pulumi/pulumi";
import * as kv from "pulumi-cloudflare-kv";

const entries = [
  { key: "a", value: "1", metadata: { tags: ["x", "y"] } },
  { key: "b", value: "2", expirationTtl: 3600 },
] as const;
const values = { c: "3" } as const;
const accountId: string | undefined = new pulumi.Config().get("account");
const ttl: number | undefined = undefined;

const ns = new kv.Namespace("ns", { title: "catalog", accountId });
const set = new kv.KeyValueSet("set", { namespaceId: ns.id, entries, values, metadata: undefined, prune: undefined });
const bytes = Buffer.from("bytes");
const args: kv.KeyValueArgs = {
  namespaceId: ns.id,
  key: "d",
  valueBase64: bytes.toString("base64"),
  expirationTtl: ttl,
};
new kv.KeyValue("d", args, undefined);

const prefix: string | undefined = "c";
const limit: number | undefined = undefined;
const listed = kv.getKeysOutput(
  { namespaceId: ns.id, prefix, accountId, limit },
  { dependsOn: [set] as const, parent: undefined },
);
export const names = listed.keys.apply((keys) => keys.map(({ name }) => name));
export const plain = kv.getNamespaces({ accountId }, {}).then(({ namespaces }) => namespaces.length >= 0);
