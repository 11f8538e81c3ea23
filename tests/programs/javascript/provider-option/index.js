const pulumi = require("@pulumi/pulumi");
const kv = require("pulumi-cloudflare-kv");

class Provider extends pulumi.ProviderResource {
  constructor(name) {
    super("cloudflare-kv", name, { accountId: "ffffffffffffffffffffffffffffffff" });
  }
}

class Group extends pulumi.ComponentResource {
  constructor(name, opts) {
    super("acme:index:Group", name, {}, opts);
  }
}

const provider = new Provider("other");
const cases = {
  provider: () => new kv.Namespace("direct", {}, { provider }),
  component: () => new kv.Namespace("in-component", {}, { parent: new Group("group", { provider }) }),
  nested: () => {
    const outer = new Group("outer", { providers: [provider] });
    new kv.Namespace("in-nested", {}, { parent: new Group("inner", { parent: outer }) });
  },
  function: () =>
    kv.getNamespacesOutput({}, { parent: new Group("group", { providers: { "cloudflare-kv": provider } }) }),
};
cases[new pulumi.Config().require("case")]();
