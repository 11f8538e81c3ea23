// Three inline programs at once in this one process, each with an account of its own: by configuration, or by environment.
const pulumi = require("@pulumi/pulumi");
const { LocalWorkspace } = require("@pulumi/pulumi/automation");
const kv = require("pulumi-cloudflare-kv");

class Data extends pulumi.ComponentResource {
  constructor(name) {
    super("acme:index:Data", "data");
    this.ns = new kv.Namespace("ns", { title: name }, { parent: this });
    new kv.KeyValue("a", { namespaceId: this.ns.namespaceId, key: "a", value: name }, { parent: this });
    new kv.KeyValueSet("set", { namespaceId: this.ns.id, keyPrefix: "s/", values: { x: name } }, { parent: this });
    this.registerOutputs();
  }
}

async function program() {
  const before = (await kv.getNamespaces()).namespaces.length;
  const data = new Data(pulumi.getStack());
  const { namespaceId } = data.ns;
  const { keys } = kv.getKeysOutput({ namespaceId }, { dependsOn: [data] });
  const { value } = kv.getKeyValueOutput({ namespaceId, key: "s/x" }, { dependsOn: [data] });
  const { accountId } = kv.getNamespaceOutput({ namespaceId });
  return { before, accountId, value: pulumi.unsecret(value), keys: keys.apply((all) => all.map(({ name }) => name)) };
}

async function live(stackName, accountId, by) {
  const envVars = { PULUMI_CONFIG_PASSPHRASE: "x", ...(by === "environment" && { CLOUDFLARE_ACCOUNT_ID: accountId }) };
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName, projectName: "automation", program },
    { envVars },
  );
  await stack.setConfig("cloudflare-kv:baseUrl", { value: process.env.BASE_URL });
  await stack.setConfig("cloudflare-kv:apiToken", { value: "token", secret: true });
  if (by === "configuration") await stack.setConfig("cloudflare-kv:accountId", { value: accountId });
  try {
    const { outputs } = await stack.up();
    const { changeSummary } = await stack.preview({ expectNoChanges: true });
    await stack.destroy();
    return { ...Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])), changeSummary };
  } catch (error) {
    return { failed: /getNamespaces: .*/.exec(error.message)?.[0] ?? error.message };
  }
}

const lives = ["1", "2", "3"].map((one) => live(`stack-${one}`, one.repeat(32), process.argv[2]));
Promise.all(lives).then((results) => console.log(JSON.stringify(results)));
