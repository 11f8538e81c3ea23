import { z } from "zod";
import { configSchema } from "./config";
import type { FunctionSchema } from "./functions/function";
import { functions } from "./functions/functions";
import { keyValueSchema } from "./resources/key-value";
import { namespaceSchema } from "./resources/namespace";
import type { ResourceSchema } from "./resources/resource";
import { keyValueSetSchema } from "./resources/set/schema";
import { version } from "./version";

/** Every kind of resource, in the order of the documentation. */
export const resourceSchemas: readonly ResourceSchema[] = [namespaceSchema, keyValueSchema, keyValueSetSchema];

/** Every function, in the order of the documentation. */
export const functionSchemas: readonly FunctionSchema[] = functions;

/**
 * The package schema that Pulumi makes the SDKs of all languages from.
 *
 * @see https://www.pulumi.com/docs/iac/using-pulumi/pulumi-packages/schema/
 */
export function packageSchema(): object {
  return {
    name: "cloudflare-kv",
    displayName: "Cloudflare Workers KV",
    version,
    description: "Namespaces, keys and whole data sets of Cloudflare Workers KV.",
    keywords: ["pulumi", "cloudflare", "workers", "kv", "category/cloud", "kind/native"],
    license: "Apache-2.0",
    publisher: "pulumi-cloudflare-kv",
    namespace: "pulumi-cloudflare-kv",
    meta: { moduleFormat: "(.*)" },
    config: { variables: configSpecs() },
    provider: {
      description: "Where the API is, and with which credential it is asked.",
      inputProperties: configSpecs(),
    },
    types: Object.fromEntries(
      [...inputTypes(), ...resultTypes()].map(([name, type]) => [
        `cloudflare-kv:index:${name}`,
        { type: "object", ...objectSpec(type) },
      ]),
    ),
    resources: Object.fromEntries(
      resourceSchemas.map((schema) => [`cloudflare-kv:index:${schema.name}`, resourceSpec(schema)]),
    ),
    functions: Object.fromEntries(
      functionSchemas.map((schema) => [`cloudflare-kv:index:${schema.name}`, functionSpec(schema)]),
    ),
    language: {
      nodejs: { respectSchemaVersion: true },
      python: { respectSchemaVersion: true, pyproject: { enabled: true } },
      go: { respectSchemaVersion: true, generateResourceContainerTypes: true },
      csharp: { respectSchemaVersion: true, namespaces: { "cloudflare-kv": "CloudflareKv" } },
    },
  };
}

/** The types of objects that are properties of resources, by their names. */
export function inputTypes(): [name: string, type: z.ZodObject][] {
  return elementTypes(resourceSchemas.map(({ args }) => args));
}

/** The types of objects that functions answer with, by their names. */
export function resultTypes(): [name: string, type: z.ZodObject][] {
  return elementTypes(functionSchemas.map(({ result }) => result));
}

function elementTypes(schemas: readonly z.ZodObject[]): [name: string, type: z.ZodObject][] {
  const properties = schemas.flatMap(({ shape }) => Object.values(shape) as z.ZodType[]);
  const elements = properties
    .map((schema) => shapeOf(schema))
    .map((shape) => shape instanceof z.ZodArray && shape.element);
  return elements.filter((type) => type instanceof z.ZodObject).map((type) => [type.meta()?.title ?? "", type]);
}

/** What a property is, where its rules are judged elsewhere too. */
export function shapeOf(schema: z.ZodType): z.ZodType {
  const { shape } = schema.meta() ?? {};
  if (shape instanceof z.ZodType) return shape;
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
}

function objectSpec(type: z.ZodObject): object {
  const { description } = type.meta() ?? {};
  return { description, properties: specsOf(type.shape), required: requiredNames(type.shape) };
}

function configSpecs(): object {
  return Object.fromEntries(
    Object.entries(configSchema.shape).map(([name, schema]) => {
      const environment = schema.meta()?.env;
      return [name, { ...propertySpec(schema), ...(environment ? { defaultInfo: { environment } } : {}) }];
    }),
  );
}

/** The outputs that are always there; check fills in the account. */
export function requiredOutputs({ args, outputs }: ResourceSchema): string[] {
  return ["accountId", ...requiredNames({ ...args.shape, ...outputs.shape })];
}

/** The alias moves a program of the dynamic door to a generated SDK without a change of its resources. */
function resourceSpec(schema: ResourceSchema): object {
  const { description, args, outputs } = schema;
  return {
    description,
    inputProperties: specsOf(args.shape),
    requiredInputs: requiredNames(args.shape),
    properties: specsOf({ ...args.shape, ...outputs.shape }),
    required: requiredOutputs(schema),
    aliases: [{ type: `pulumi-nodejs:dynamic/cloudflare-kv:${schema.name}` }],
  };
}

function functionSpec({ description, args, result }: FunctionSchema): object {
  const objectOf = ({ shape }: z.ZodObject) => ({ properties: specsOf(shape), required: requiredNames(shape) });
  return { description, inputs: objectOf(args), outputs: objectOf(result) };
}

function specsOf(shape: z.core.$ZodLooseShape): object {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, propertySpec(schema as z.ZodType)]));
}

function requiredNames(shape: z.core.$ZodLooseShape): string[] {
  return Object.keys(shape).filter((name) => !(shape[name] as z.ZodType).safeParse(undefined).success);
}

function propertySpec(schema: z.ZodType): object {
  const { description, secret, replaces } = schema.meta() ?? {};
  return {
    ...typeSpec(schema),
    description,
    ...(secret ? { secret } : {}),
    ...(replaces ? { replaceOnChanges: true } : {}),
  };
}

function typeSpec(schema: z.ZodType): object {
  const { pulumiType, title } = schema.meta() ?? {};
  // Pulumi's Asset is either an asset or an archive.
  if (pulumiType) return { $ref: `pulumi.json#/${pulumiType === "AssetOrArchive" ? "Asset" : pulumiType}` };
  const shape = shapeOf(schema);
  if (shape !== schema) return typeSpec(shape);
  if (schema instanceof z.ZodArray) return { type: "array", items: typeSpec(schema.element as z.ZodType) };
  if (schema instanceof z.ZodRecord)
    return { type: "object", additionalProperties: typeSpec(schema.valueType as z.ZodType) };
  if (schema instanceof z.ZodObject) return { $ref: `#/types/cloudflare-kv:index:${title}` };
  if (schema instanceof z.ZodNumber) return { type: "integer" };
  if (schema instanceof z.ZodBoolean) return { type: "boolean" };
  return { type: "string" };
}
