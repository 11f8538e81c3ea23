import { z } from "zod";
import type { Alternatives, InputRules, ResourceSchema } from "../pulumi/schema";
import { inputTypes, requiredOutputs, resourceSchemas, shapeOf } from "./package-schema";

const header = `// Generated from the resources' definitions by \`npm run generate\`: change those.
import type * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "./dynamic";
`;

/** The SDK's resource classes and their arguments, with every description where editors look for it. */
export function sdkText(): string {
  const types = inputTypes().flatMap(([name, type]) => [
    objectType(`${name}Args`, type, input),
    objectType(name, type, member),
  ]);
  const classes = resourceSchemas.flatMap((schema) => [
    argsType(`${schema.name}Args`, `The arguments of a ${schema.name}.`, schema, input),
    resourceClass(schema),
  ]);
  return [header, ...types, ...classes].join("\n");
}

/** Writes one property with its type. */
export type PropertyText = (name: string, schema: z.ZodType, required?: boolean) => string;

export function objectType(name: string, type: z.ZodObject, property: PropertyText): string {
  const members = Object.entries(type.shape).map(([key, schema]) => property(key, schema as z.ZodType));
  return `${comment(descriptionOf(type))}\nexport interface ${name} {\n${members.join("\n")}\n}\n`;
}

export function argsType(
  name: string,
  description: string,
  { args, alternatives }: InputRules,
  property: PropertyText,
): string {
  const alternativeNames = alternatives.flatMap(({ names }) => names);
  const plain = Object.entries(args.shape).filter(([key]) => !alternativeNames.includes(key));
  const members = plain.map(([key, schema]) => property(key, schema as z.ZodType));
  const unions = alternatives.map((group) => ` & (${unionType(group, args, property)})`);
  return `${comment(description)}\nexport type ${name} = {\n${members.join("\n")}\n}${unions.join("")};\n`;
}

/** One variant for each alternative, in which the others are absent; what need not be given may be undefined. */
function unionType({ names, required }: Alternatives, args: z.ZodObject, property: PropertyText): string {
  const variants = names.map((chosen) => {
    const members = names.map((name) =>
      name === chosen ? property(name, args.shape[name] as z.ZodType, required) : `${name}?: undefined;`,
    );
    return `{\n${members.join("\n")}\n}`;
  });
  return variants.join(" | ");
}

export function resourceClass(schema: ResourceSchema): string {
  const { name, description, args } = schema;
  const properties = { ...args.shape, ...schema.outputs.shape };
  const required = requiredOutputs(schema);
  const outputs = Object.entries(properties).map(([property, type]) =>
    output(property, type as z.ZodType, required.includes(property)),
  );
  const hasRequiredArgs = !args.safeParse({}).success;
  return `${comment(description)}
export class ${name} extends DynamicResource {
${outputs.join("\n")}

  constructor(name: string, args: ${name}Args${hasRequiredArgs ? "" : " = {}"}, opts?: pulumi.CustomResourceOptions) {
    super(${JSON.stringify(name)}, ${JSON.stringify(Object.keys(properties))}, name, args, opts);
  }

  /** Reads one that this stack does not manage, by its id. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): ${name} {
    return new ${name}(name, {}${hasRequiredArgs ? ` as ${name}Args` : ""}, { ...opts, id });
  }
}
`;
}

export function input(name: string, schema: z.ZodType, required = !schema.safeParse(undefined).success): string {
  const type = inputText(schema);
  return `${comment(descriptionOf(schema))}\n${name}${required ? `: ${type}` : `?: ${type} | undefined`};`;
}

export function member(name: string, schema: z.ZodType, required = !schema.safeParse(undefined).success): string {
  return `${comment(descriptionOf(schema))}\nreadonly ${name}${required ? "" : "?"}: ${typeText(schema)};`;
}

/** The same where it is given, not answered: what may be left out may be undefined too. */
export function argument(name: string, schema: z.ZodType, required = !schema.safeParse(undefined).success): string {
  return `${comment(descriptionOf(schema))}\nreadonly ${name}${required ? `: ${typeText(schema)}` : `?: ${typeText(schema)} | undefined`};`;
}

/** Each part of it can be an output of another resource. */
function inputText(schema: z.ZodType): string {
  const shape = shapeOf(schema);
  if (shape instanceof z.ZodArray) return `pulumi.Input<readonly ${inputText(shape.element as z.ZodType)}[]>`;
  if (shape instanceof z.ZodRecord) return `pulumi.Input<Record<string, ${inputText(shape.valueType as z.ZodType)}>>`;
  if (shape instanceof z.ZodObject) return `pulumi.Input<${shape.meta()?.title}Args>`;
  const { pulumiType } = schema.meta() ?? {};
  // Pulumi's Asset and Archive have no members, so that even a path as plain text would be one.
  const isAsset = pulumiType === "Asset" || pulumiType === "AssetOrArchive";
  return `pulumi.Input<${isAsset ? `(${typeText(schema)}) & object` : typeText(schema)}>`;
}

function output(name: string, schema: z.ZodType, required: boolean): string {
  const type = `${typeText(schema)}${required ? "" : " | undefined"}`;
  return `${comment(descriptionOf(schema))}\ndeclare readonly ${name}: pulumi.Output<${type}>;`;
}

export function comment(text: string): string {
  return `/** ${text.replaceAll("*/", "*\\/")} */`;
}

function descriptionOf(schema: z.ZodType): string {
  return schema.meta()?.description ?? "";
}

const pulumiTypes = {
  Asset: "pulumi.asset.Asset",
  AssetOrArchive: "pulumi.asset.Asset | pulumi.asset.Archive",
  Any: "unknown",
};

function typeText(schema: z.ZodType): string {
  const { pulumiType } = schema.meta() ?? {};
  if (pulumiType) return pulumiTypes[pulumiType];
  const shape = shapeOf(schema);
  if (shape !== schema) return typeText(shape);
  if (schema instanceof z.ZodArray) return `readonly ${typeText(schema.element as z.ZodType)}[]`;
  if (schema instanceof z.ZodRecord) return `Readonly<Record<string, ${typeText(schema.valueType as z.ZodType)}>>`;
  if (schema instanceof z.ZodObject) return schema.meta()?.title ?? "object";
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => JSON.stringify(option)).join(" | ");
  if (schema instanceof z.ZodNumber) return "number";
  return schema instanceof z.ZodBoolean ? "boolean" : "string";
}
