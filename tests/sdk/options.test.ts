import { tmpdir } from "node:os";
import { delimiter, dirname } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { publication } from "../../provider/codegen/publication";
import { getNamespaces, getNamespacesOutput, KeyValue, Namespace } from "../../sdk/index";

class Provider extends pulumi.ProviderResource {}

class Group extends pulumi.ComponentResource {
  constructor(name: string, opts: pulumi.ComponentResourceOptions = {}) {
    super("acme:index:Group", name, {}, opts);
  }
}

const registered: string[] = [];
const place = { namespaceId: "0".repeat(32), key: "k", value: "v" };

beforeAll(async () => {
  const newResource = ({ name, inputs }: pulumi.runtime.MockResourceArgs) => {
    registered.push(name);
    return { id: `${name}-id`, state: inputs };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({ namespaces: [] }) });
});

describe("an explicit provider", () => {
  const own = () => new Provider("cloudflare-kv", "own", {});
  test.each<[string, () => unknown]>([
    [
      "of Cloudflare's general package",
      () => new KeyValue("a", place, { provider: new Provider("cloudflare", "general", {}) }),
    ],
    ["as the option of a resource", () => new KeyValue("a", place, { provider: own() })],
    ["of its component", () => new KeyValue("a", place, { parent: new Group("g1", { provider: own() }) })],
    ["in a list of its component's", () => new Namespace("a", {}, { parent: new Group("g2", { providers: [own()] }) })],
    [
      "of a component around its own",
      () => {
        const outer = new Group("g3", { providers: { "cloudflare-kv": own() } });
        return new Namespace("a", {}, { parent: new Group("g4", { parent: outer }) });
      },
    ],
    ["of the parent of a function", () => getNamespacesOutput({}, { parent: new Group("g5", { provider: own() }) })],
  ])("is refused %s", (_, declare) => {
    expect(declare).toThrow(/^(KeyValue "a"|Namespace "a"|getNamespaces) cannot use .* use the plugin's SDK/);
    expect(registered).not.toContain("a");
  });

  test("is refused of a function's parent where the function answers a promise", async () => {
    const parent = new Group("g6", { provider: own() });
    await expect(getNamespaces({}, { parent })).rejects.toThrow("getNamespaces cannot use the provider of its parent");
  });
});

test("a provider of another package that a component hands on is no matter", async () => {
  const provider = new Provider("random", "random", {});
  const parent = new Group("g7", { providers: [provider] });
  const key = new KeyValue("beside-random", place, { parent, provider });
  await new Promise((resolve) => key.id.apply(resolve));
  expect(registered).toContain("beside-random");
  expect(await getNamespaces({}, { parent })).toEqual({ namespaces: [] });
});

test.each([
  ["Namespace", () => new Namespace("a", {}, { import: "id" }), "set adopt: true"],
  ["KeyValue", () => new KeyValue("a", place, { import: "id" }), "declare it without"],
])("the import of a %s is refused with what there is instead", (type, declare, remedy) => {
  expect(declare).toThrow(`${type} "a" does not have the option import: ${remedy}`);
});

test("of a parent that is no resource Pulumi's own sentence is told", () => {
  const parent = pulumi.output("group") as unknown as pulumi.Resource;
  expect(() => new Namespace("a", {}, { parent })).toThrow("Resource parent is not a valid Resource");
});

test("in the process of a component package the classes say what to use instead", () => {
  const [, script = ""] = process.argv;
  process.argv[1] = "/project/node_modules/@pulumi/pulumi/cmd/run-plugin";
  try {
    expect(() => new Namespace("a")).toThrow(/^Namespace "a" cannot be made in a component package/);
  } finally {
    process.argv[1] = script;
  }
});

describe("in a program that Bun runs", () => {
  const { PATH } = process.env;
  beforeEach(() => {
    Object.defineProperty(process.versions, "bun", { value: "1.4.5", configurable: true });
  });
  afterEach(() => {
    Reflect.deleteProperty(process.versions, "bun");
    process.env.PATH = PATH;
  });

  test("the classes work where a node is on PATH", () => {
    process.env.PATH = [tmpdir(), dirname(process.execPath)].join(delimiter);
    expect(() => new Namespace("with-node")).not.toThrow();
  });

  test("they say what to use instead where there is none", () => {
    process.env.PATH = tmpdir();
    const install = `npm install ${publication.packages.nodejs}`;
    expect(() => new Namespace("a")).toThrow(
      `Namespace "a" is made by Pulumi's dynamic provider, which runs on Node.js, and there is no node on PATH: ` +
        `install Node.js; or use the plugin's SDK, which \`${install}\` brings`,
    );
  });
});
