import * as pulumi from "@pulumi/pulumi";
import * as kv from "../../sdk/index";

/** Everything that a user's mocks were asked. */
const asked: { readonly what: string; readonly inputs: Record<string, unknown> }[] = [];

const mocks: pulumi.runtime.Mocks = {
  newResource: ({ name, type, inputs }) => {
    asked.push({ what: `${type} ${name}`, inputs });
    return { id: `${name}-id`, state: { ...inputs, namespaceId: `${name}-namespace` } };
  },
  call: ({ token, inputs }) => {
    asked.push({ what: token, inputs });
    return { value: "mocked", keys: [{ name: "a" }] };
  },
};

beforeEach(async () => {
  asked.length = 0;
  await pulumi.runtime.setMocks(mocks, "project", "dev");
});

function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

test("a function answers what the mocks of the program's unit test say", async () => {
  const args = { namespaceId: "ns", key: "a" };
  expect(await kv.getKeyValue(args)).toMatchObject({ value: "mocked" });
  expect(await resolved(kv.getKeyValueOutput({ ...args, key: pulumi.output("b") }))).toMatchObject({ value: "mocked" });
  expect(await resolved(kv.getKeysOutput({ namespaceId: "ns" }))).toMatchObject({ keys: [{ name: "a" }] });
  expect(asked).toEqual([
    { what: "cloudflare-kv:index:getKeyValue", inputs: args },
    { what: "cloudflare-kv:index:getKeyValue", inputs: { ...args, key: "b" } },
    { what: "cloudflare-kv:index:getKeys", inputs: { namespaceId: "ns" } },
  ]);
});

test("the answer of a mock is a secret where that of the store would be", async () => {
  const found = kv.getKeyValueOutput({ namespaceId: "ns", key: "a" });
  expect([await pulumi.isSecret(found), (await resolved(found)).value]).toEqual([true, "mocked"]);
});

test("a function waits for the parts of a component that it depends on", async () => {
  class Group extends pulumi.ComponentResource {
    constructor() {
      super("acme:index:Group", "group");
      new kv.Namespace("ns", {}, { parent: this });
    }
  }
  await resolved(kv.getNamespacesOutput({}, { dependsOn: [new Group()] }));
  const order = asked.map(({ what }) => what);
  expect(order.indexOf("cloudflare-kv:index:getNamespaces")).toBeGreaterThan(
    order.indexOf("pulumi-nodejs:dynamic/cloudflare-kv:Namespace ns"),
  );
});

test("resources have what the mocks answer, and the inputs that the program gives", async () => {
  const ns = new kv.Namespace("ns", { title: "data" });
  const set = new kv.KeyValueSet("set", { namespaceId: ns.namespaceId, values: { a: "1" } }, { parent: ns });
  expect(await resolved(set.namespaceId)).toBe("set-namespace");
  const [, { inputs } = { inputs: {} }] = asked;
  const urn = "urn:pulumi:dev::project::pulumi-nodejs:dynamic/cloudflare-kv:Namespace$";
  expect(inputs).toEqual({
    namespaceId: "ns-namespace",
    values: { a: "1" },
    __provider: expect.any(String),
    __urn: `${urn}pulumi-nodejs:dynamic/cloudflare-kv:KeyValueSet::set`,
  });
});
