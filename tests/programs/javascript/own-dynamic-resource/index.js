const pulumi = require("@pulumi/pulumi");
const kv = require("pulumi-cloudflare-kv");

class Echo extends pulumi.dynamic.Resource {
  constructor(name, text) {
    super({ create: async (inputs) => ({ id: "echo", outs: { text: inputs.text } }) }, name, { text });
  }
}

const ns = new kv.Namespace("ns", { title: "data" });
const seed = new Echo("seed", pulumi.interpolate`seed of ${ns.title}`);
const key = new kv.KeyValue("seed", { namespaceId: ns.id, key: "seed", value: seed.text });
exports.echoed = new Echo("again", key.value).text;
