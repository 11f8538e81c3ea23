import { z } from "zod";
import type { FunctionSchema } from "../functions/function";
import { functions } from "../functions/functions";
import { listings } from "../functions/listing";
import type { ResourceSchema } from "../pulumi/schema";
import { keyValueSchema } from "../resources/key-value/schema";
import { keyValueSetSchema } from "../resources/key-value-set/schema";
import { namespaceSchema } from "../resources/namespace/schema";
import { configSchema } from "../session/config";
import { version } from "../version";
import { publication } from "./publication";

const { packages, readme } = publication;

/** Every kind of resource, in the order of the documentation. */
export const resourceSchemas: readonly ResourceSchema[] = [namespaceSchema, keyValueSchema, keyValueSetSchema];

/** Every function, in the order of the documentation. */
export const functionSchemas: readonly FunctionSchema[] = functions;

/** What is said of a resource or a function beyond its description: examples, and how it is imported. */
export type DocumentationOf = (name: string) => string;

/**
 * The package schema that Pulumi makes the SDKs of all languages from.
 *
 * @see https://www.pulumi.com/docs/iac/using-pulumi/pulumi-packages/schema/
 */
export function packageSchema(documentationOf: DocumentationOf): object {
  return {
    name: "cloudflare-kv",
    displayName: "Cloudflare Workers KV",
    version,
    description: "Namespaces, keys and whole data sets of Cloudflare Workers KV.",
    keywords: publication.keywords,
    homepage: publication.homepage,
    license: publication.license,
    repository: publication.repository,
    publisher: publication.publisher,
    namespace: publication.publisher,
    logoUrl: publication.logoUrl,
    pluginDownloadURL: publication.pluginDownloadURL,
    meta: { moduleFormat: "(.*)" },
    config: { variables: variableSpecs() },
    provider: {
      description: "Where the API is, and with which credential it is asked.",
      inputProperties: providerSpecs(),
      properties: providerSpecs(),
    },
    types: Object.fromEntries([
      ...enumTypes().map((type) => [tokenOf(titleOf(type)), enumSpec(type)]),
      ...[...inputTypes(), ...resultTypes()].map(([name, type]) => [tokenOf(name), objectSpec(type)]),
    ]),
    resources: Object.fromEntries(
      resourceSchemas.map((schema) => [tokenOf(schema.name), resourceSpec(schema, documentationOf(schema.name))]),
    ),
    functions: Object.fromEntries(
      functionSchemas.map((schema) => [tokenOf(schema.name), functionSpec(schema, documentationOf(schema.name))]),
    ),
    language: {
      nodejs: { packageName: packages.nodejs, readme, respectSchemaVersion: true },
      python: { packageName: packages.python, readme, respectSchemaVersion: true, pyproject: { enabled: true } },
      go: {
        importBasePath: packages.go,
        respectSchemaVersion: true,
        generateResourceContainerTypes: true,
      },
      csharp: {
        rootNamespace: packages.csharp,
        namespaces: { "cloudflare-kv": "CloudflareKv" },
        respectSchemaVersion: true,
      },
      java: {
        basePackage: packages.java,
        buildFiles: "gradle",
        dependencies: {
          "com.pulumi:pulumi": "1.16.2",
          "com.google.code.gson:gson": "2.8.9",
          "com.google.code.findbugs:jsr305": "3.0.2",
        },
      },
    },
  };
}

function tokenOf(name: string): string {
  return `cloudflare-kv:index:${name}`;
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
  return elements.filter((type) => type instanceof z.ZodObject).map((type) => [titleOf(type), type]);
}

/** The types of a resource's arguments that have a few values to choose from. */
function enumTypes(): z.ZodEnum[] {
  const properties = resourceSchemas.flatMap(({ args }) => Object.values(args.shape) as z.ZodType[]);
  return properties.map((schema) => shapeOf(schema)).filter((shape) => shape instanceof z.ZodEnum);
}

function titleOf(type: z.ZodType): string {
  return type.meta()?.title ?? "";
}

/** What a property is, where its rules are checked elsewhere too. */
export function shapeOf(schema: z.ZodType): z.ZodType {
  const { shape } = schema.meta() ?? {};
  if (shape instanceof z.ZodType) return shape;
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
}

function objectSpec(type: z.ZodObject): object {
  return { type: "object", ...objectOf(type.meta()?.description ?? "", type) };
}

function enumSpec(type: z.ZodEnum): object {
  const { description, values = {} } = type.meta() ?? {};
  return {
    type: "string",
    description,
    enum: type.options.map((value) => ({ value, description: values[value] })),
  };
}

/** The SDKs only tell a program what these are: nothing of it is sent. */
function variableSpecs(): object {
  return mapShape(configSchema.shape, (schema) => {
    const { env: environment, default: value } = schema.meta() ?? {};
    return {
      ...propertySpec(schema),
      ...(value === undefined ? {} : { default: value }),
      ...(environment ? { defaultInfo: { environment } } : {}),
    };
  });
}

/**
 * Without defaults, which an SDK would send as the provider's arguments: a token of the environment would be saved, a
 * second credential there would contradict an explicit one, and another account there would move every resource.
 */
function providerSpecs(): object {
  return mapShape(configSchema.shape, (schema) => {
    const { description, env } = schema.meta() ?? {};
    const source = env ? ` Without it, ${env.join(" or ")} of the environment counts.` : "";
    return { ...propertySpec(schema), description: `${description}${source}` };
  });
}

/** The outputs that are always there; check fills in the account. */
export function requiredOutputs({ args, outputs }: ResourceSchema): string[] {
  return ["accountId", ...requiredNames({ ...args.shape, ...outputs.shape })];
}

/** The alias moves a program with the classes to a generated SDK without a change of its resources. */
export function resourceSpec(schema: ResourceSchema, documentation: string): object {
  const { name, description, args, outputs } = schema;
  const listing = listings.find(({ of }) => of === name);
  return {
    description: `${description}\n\n${documentation}`,
    inputProperties: specsOf(args.shape, inputTypeSpec),
    requiredInputs: requiredNames(args.shape),
    properties: specsOf({ ...args.shape, ...outputs.shape }),
    required: requiredOutputs(schema),
    ...(listing ? { listInputs: objectOf(`Where to look for each ${name} that there is.`, listing.query) } : {}),
    aliases: [{ type: `pulumi-nodejs:dynamic/cloudflare-kv:${name}` }],
  };
}

function functionSpec({ name, description, args, result }: FunctionSchema, documentation: string): object {
  return {
    description: `${description}\n\n${documentation}`,
    inputs: objectOf(`The arguments of ${name}.`, args),
    outputs: objectOf(`What ${name} answers.`, result),
  };
}

function objectOf(description: string, { shape }: z.ZodObject): object {
  return { description, properties: specsOf(shape), required: requiredNames(shape) };
}

function specsOf(shape: z.core.$ZodLooseShape, typeOf: (schema: z.ZodType) => object = typeSpec): object {
  return mapShape(shape, (schema) => propertySpec(schema, typeOf));
}

function mapShape(shape: z.core.$ZodLooseShape, specOf: (schema: z.ZodType) => object): object {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, specOf(schema as z.ZodType)]));
}

function requiredNames(shape: z.core.$ZodLooseShape): string[] {
  return Object.keys(shape).filter((name) => !(shape[name] as z.ZodType).safeParse(undefined).success);
}

function propertySpec(schema: z.ZodType, typeOf: (schema: z.ZodType) => object = typeSpec): object {
  const { description, secret, replaces } = schema.meta() ?? {};
  return {
    ...typeOf(schema),
    description,
    ...(secret ? { secret } : {}),
    ...(replaces ? { replaceOnChanges: true } : {}),
  };
}

/** In every language a plain text does as well as the enum's own member. */
function inputTypeSpec(schema: z.ZodType): object {
  const shape = shapeOf(schema);
  if (!(shape instanceof z.ZodEnum)) return typeSpec(schema);
  return { type: "string", oneOf: [{ type: "string" }, { $ref: `#/types/${tokenOf(titleOf(shape))}` }] };
}

function typeSpec(schema: z.ZodType): object {
  const { pulumiType } = schema.meta() ?? {};
  // Pulumi's Asset is either an asset or an archive.
  if (pulumiType) return { $ref: `pulumi.json#/${pulumiType === "AssetOrArchive" ? "Asset" : pulumiType}` };
  const shape = shapeOf(schema);
  if (shape !== schema) return typeSpec(shape);
  if (schema instanceof z.ZodArray) return { type: "array", items: typeSpec(schema.element as z.ZodType) };
  if (schema instanceof z.ZodRecord)
    return { type: "object", additionalProperties: typeSpec(schema.valueType as z.ZodType) };
  if (schema instanceof z.ZodObject) return { $ref: `#/types/${tokenOf(titleOf(schema))}` };
  if (schema instanceof z.ZodNumber) return { type: "integer" };
  if (schema instanceof z.ZodBoolean) return { type: "boolean" };
  return { type: "string" };
}
