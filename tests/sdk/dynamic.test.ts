import * as pulumi from "@pulumi/pulumi";
import { KeyValue, type KeyValueArgs, KeyValueSet, Namespace, type NamespaceArgs } from "../../sdk/index";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/** What `pulumi.dynamic.Resource` would be for one of ours. */
class Reference extends pulumi.dynamic.Resource {
  constructor(name: string, props: pulumi.Inputs) {
    const provider = { create: async () => ({ id: "id", outs: {} }) };
    super(provider, name, { value: undefined, ...props }, undefined, "cloudflare-kv", "KeyValue");
  }
}

const secretName = "MARKER";
const registered: Registered[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, name, inputs });
        return { id: `${name}-id`, state: inputs };
      },
      call: () => ({}),
    },
    "project",
    "dev",
  );
});

async function register(create: () => pulumi.CustomResource): Promise<Registered> {
  const resource = create();
  await new Promise((resolve) => resource.id.apply(resolve));
  return registered.at(-1) as Registered;
}

/** As Pulumi's dynamic process does: the text is a module that exports `handler`. */
function handlerOf(provider: unknown): pulumi.dynamic.ResourceProvider {
  const module = { exports: {} as { handler(): pulumi.dynamic.ResourceProvider } };
  new Function("exports", "require", "module", String(provider))(module.exports, require, module);
  return module.exports.handler();
}

test("registers what pulumi.dynamic.Resource registers, with a constant provider and the URN", async () => {
  const args = { namespaceId: "0".repeat(32), key: "k", value: "v" };
  const reference = await register(() => new Reference("a", args));
  const ours = await register(() => new KeyValue("a", args));
  expect(ours.type).toBe(reference.type);
  const { __provider, __urn, ...inputs } = ours.inputs;
  const { __provider: serialized, ...expected } = reference.inputs;
  expect(inputs).toEqual(expected);
  expect([typeof __provider, typeof serialized]).toEqual(["string", "string"]);
  expect(__urn).toBe(`urn:pulumi:dev::project::${ours.type}::a`);
});

test("tells which inputs are secret, and names nothing of them", async () => {
  const place = { namespaceId: "0".repeat(32) };
  const told = async (create: () => pulumi.CustomResource) => (await register(create)).inputs.__secrets;
  const entry = { key: pulumi.secret("MARKER"), value: "v", metadata: { [secretName]: pulumi.secret("MARKER") } };
  expect(await told(() => new KeyValue("open", { ...place, key: "k", value: "v" }))).toBeUndefined();
  expect(await told(() => new KeyValue("key", { ...place, key: pulumi.secret("MARKER"), value: "v" }))).toEqual([
    "key",
  ]);
  expect(await told(() => new KeyValueSet("map", { ...place, values: pulumi.secret({ MARKER: "v" }) }))).toEqual([
    "values",
  ]);
  const values = { a: pulumi.secret("MARKER"), b: Promise.resolve("v") };
  expect(await told(() => new KeyValueSet("parts", { ...place, values, entries: [entry, { ...entry }] }))).toEqual([
    "entries.*.key",
    "entries.*.metadata.*",
    "values.*",
  ]);
});

test.each([
  ["Namespace", () => new Namespace("ns")],
  ["KeyValue", () => new KeyValue("kv", { namespaceId: "0".repeat(32), key: "k", value: "v" })],
])("the provider of a %s has a whole life", async (_, create) => {
  const { inputs } = await register(create);
  expect(Object.keys(handlerOf(inputs.__provider)).sort()).toEqual([
    "check",
    "configure",
    "create",
    "delete",
    "diff",
    "read",
    "update",
  ]);
});

test("a value is declared in exactly one form", () => {
  const place = { namespaceId: "0".repeat(32), key: "k" };
  const declare = (...args: ConstructorParameters<typeof KeyValue>) => args;
  // @ts-expect-error two forms of a value
  declare("a", { ...place, value: "v", valueBase64: "dg==" });
  // @ts-expect-error no value
  declare("a", place);
  // @ts-expect-error two forms of an expiration
  declare("a", { ...place, value: "v", expiration: 2_000_000_000, expirationTtl: 60 });
  // @ts-expect-error a path as plain text, which is no asset
  declare("a", { ...place, source: "./file" });
  expect(declare("a", { ...place, valueBase64: "dg==", expirationTtl: 60 })).toHaveLength(2);
});

test("what need not be given may be undefined", () => {
  const optional = (args: KeyValueArgs & NamespaceArgs) => args;
  const [seconds, text]: [number | undefined, string | undefined] = [undefined, undefined];
  const place = { namespaceId: "0".repeat(32), key: "k", value: "v" };
  const args = [
    optional({ ...place, expirationTtl: seconds as number | undefined }),
    optional({ ...place, expiration: seconds as number | undefined, accountId: text as string | undefined }),
    optional({ ...place, source: undefined, metadata: undefined, title: undefined }),
  ];
  expect(args.map(({ value }) => value)).toEqual(["v", "v", "v"]);
});
