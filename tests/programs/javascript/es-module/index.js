import * as kv from "pulumi-cloudflare-kv";
import { getKeyValue, getNamespace, KeyValue, Namespace } from "pulumi-cloudflare-kv";

const { namespaceId } = await getNamespace({ title: "base" });
const { value } = await getKeyValue({ namespaceId, key: "motd" });

const ns = new Namespace("ns", { title: "copy" });
new KeyValue("motd", { namespaceId: ns.id, key: "motd", value: `${value}!` });

export const title = kv.getNamespaceOutput({ namespaceId: ns.namespaceId }).title;
