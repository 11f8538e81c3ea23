const pulumi = require("@pulumi/pulumi");
const kv = require("pulumi-cloudflare-kv");

const namespaceId = "0123456789abcdef0123456789abcdef";
const cases = {
  plain: { key: "a", value: "1", metadata: { at: new Date() } },
  output: {
    entries: pulumi
      .output([{ key: "a", value: "1" }])
      .apply((all) => [...all, { key: "b", value: "2", metadata: { "a b": Number.NaN } }]),
  },
  bytes: { key: "a", value: Buffer.from("bytes") },
  secret: { key: "a", value: "1", metadata: pulumi.secret("x").apply((x) => ({ [`hidden-${x}`]: 1n })) },
  late: { key: "a", value: Promise.resolve(new Uint8Array([1, 2])) },
};
const name = new pulumi.Config().get("case") ?? "plain";
const type = name === "output" ? kv.KeyValueSet : kv.KeyValue;
new type(name, { namespaceId, ...cases[name] });
