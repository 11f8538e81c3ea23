const pulumi = require("@pulumi/pulumi");
const kv = require("pulumi-cloudflare-kv");

const id = "0123456789abcdef0123456789abcdef";
if (new pulumi.Config().get("what") === "namespace")
  new kv.Namespace("a", { title: "theirs" }, { import: `${id}/${id}` });
else new kv.KeyValue("a", { namespaceId: id, key: "a", value: "2" }, { import: `${id}/${id}/a` });
