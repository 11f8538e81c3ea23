import * as kv from "pulumi-cloudflare-kv";

export = async () => {
  const { namespaceId } = await kv.getNamespace({ title: "base" });
  const { keys } = await kv.getKeys({ namespaceId });
  const values: Record<string, string> = {};
  for (const { name } of keys) values[name] = (await kv.getKeyValue({ namespaceId, key: name })).value ?? "";
  const ns = new kv.Namespace("ns", { title: "site" });
  new kv.KeyValueSet("site", { namespaceId: ns.id, values });
  return { copied: Object.keys(values) };
};
