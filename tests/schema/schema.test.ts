import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import { generatedFiles } from "../../provider/codegen/files";
import metaschema from "./metaschema.json";

const root = join(__dirname, "..", "..", "..");

interface PropertySpec {
  readonly description?: string;
  readonly secret?: boolean;
  readonly default?: unknown;
  readonly defaultInfo?: unknown;
}

interface ObjectSpec {
  readonly description?: string;
  readonly properties?: Record<string, PropertySpec>;
  readonly required?: string[];
}

interface TypeSpec extends ObjectSpec {
  readonly enum?: { readonly value: string; readonly description?: string }[];
}

interface ResourceSpec extends ObjectSpec {
  readonly inputProperties: Record<string, PropertySpec>;
  readonly requiredInputs?: string[];
  readonly listInputs?: ObjectSpec;
}

interface FunctionSpec {
  readonly description: string;
  readonly inputs: ObjectSpec;
  readonly outputs: ObjectSpec;
}

interface PackageSchema {
  readonly config: { readonly variables: Record<string, PropertySpec> };
  readonly provider: ResourceSpec;
  readonly types: Record<string, TypeSpec>;
  readonly resources: Record<string, ResourceSpec>;
  readonly functions: Record<string, FunctionSpec>;
}

const schema: PackageSchema = JSON.parse(readFileSync(join(root, "provider", "schema.json"), "utf8"));

test.each(generatedFiles())("$path is what npm run generate writes", ({ path, text }) => {
  expect(readFileSync(join(root, path), "utf8")).toBe(text);
});

test("the package schema is valid by Pulumi's own metaschema", () => {
  const validate = new Ajv2020({ allErrors: true, strict: false, validateFormats: false }).compile(metaschema);
  validate(schema);
  expect(validate.errors).toBeNull();
});

test("everything that can be described is", () => {
  expect(undescribed()).toEqual([]);
});

test("every type that is referred to is there, and so is every property that is required", () => {
  const references = JSON.stringify(schema).matchAll(/"#\/types\/([^"]+)"/g);
  const objects = [schema.provider, ...Object.values(schema.types), ...Object.values(schema.resources)];
  expect(Object.keys(schema.types)).toEqual(expect.arrayContaining([...references].map(([, token]) => token)));
  for (const { properties = {}, required = [] } of objects) {
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(required));
  }
  for (const { inputProperties, requiredInputs = [] } of Object.values(schema.resources)) {
    expect(Object.keys(inputProperties)).toEqual(expect.arrayContaining(requiredInputs));
  }
});

test("what a resource was given is among what it is", () => {
  for (const { properties, inputProperties } of Object.values(schema.resources)) {
    expect(Object.keys(properties ?? {})).toEqual(expect.arrayContaining(Object.keys(inputProperties)));
  }
});

test("the credentials are secrets wherever they stand", () => {
  const { config, provider } = schema;
  for (const properties of [config.variables, provider.inputProperties, provider.properties ?? {}]) {
    expect(Object.keys(properties).filter((name) => properties[name]?.secret)).toEqual(["apiToken", "apiKey"]);
  }
});

test("no SDK sends what the program has not said: state, diffs and the provider are the same without one", () => {
  const resources = Object.values(schema.resources).flatMap(({ inputProperties, properties }) => [
    inputProperties,
    properties,
  ]);
  const functions = Object.values(schema.functions).map(({ inputs }) => inputs.properties);
  const sent = [schema.provider.inputProperties, ...resources, ...functions].flatMap((specs) =>
    Object.values(specs ?? {}),
  );
  expect(sent.filter((spec) => spec.default !== undefined || spec.defaultInfo !== undefined)).toEqual([]);
});

const languages = ["typescript", "python", "go", "csharp", "java", "yaml"];
const documented = Object.entries({ ...schema.resources, ...schema.functions });

test.each(documented)("%s has examples in every language", (_token, { description = "" }) => {
  const examples = description.split("{{% example %}}").slice(1);
  expect(examples).not.toEqual([]);
  for (const example of examples) {
    expect([...example.matchAll(/^```(\w+)$/gm)].map(([, language]) => language).slice(0, 6)).toEqual(languages);
  }
});

test.each(Object.keys(schema.resources))("%s says how it is imported", (token) => {
  const [, section] = schema.resources[token]?.description?.split("\n## Import\n") ?? [];
  expect(section).toContain("<accountId>/<namespaceId>");
  expect(section).toContain(`pulumi import ${token} `);
});

/** The places of all that has no description, as a path. */
function undescribed(): string[] {
  const { config, provider, types, resources, functions } = schema;
  return [
    ...missing("config", { properties: config.variables, description: "-" }),
    ...resourceMissing("provider", provider),
    ...Object.entries(types).flatMap(([token, type]) => [
      ...missing(token, type),
      ...(type.enum ?? []).filter(({ description }) => !description).map(({ value }) => `${token}/${value}`),
    ]),
    ...Object.entries(resources).flatMap(([token, resource]) => resourceMissing(token, resource)),
    ...Object.entries(functions).flatMap(([token, { description, inputs, outputs }]) => [
      ...(description ? [] : [token]),
      ...missing(`${token}/inputs`, inputs),
      ...missing(`${token}/outputs`, outputs),
    ]),
  ];
}

function resourceMissing(path: string, { inputProperties, listInputs, ...outputs }: ResourceSpec): string[] {
  return [
    ...missing(path, outputs),
    ...missing(`${path}/inputs`, { properties: inputProperties, description: "-" }),
    ...(listInputs ? missing(`${path}/list`, listInputs) : []),
  ];
}

function missing(path: string, { description, properties = {} }: ObjectSpec): string[] {
  const names = Object.keys(properties).filter((name) => !properties[name]?.description);
  return [...(description ? [] : [path]), ...names.map((name) => `${path}/${name}`)];
}
