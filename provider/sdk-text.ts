import { z } from "zod";
import type { Alternatives, ResourceSchema } from "./resources/resource";
import { requiredOutputs, resourceSchemas } from "./schema";

const header = `// Generated from the resources' definitions by \`npm run generate\`: change those.
import type * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "./dynamic";
`;

/** The SDK's resource classes and their arguments, with every description where editors look for it. */
export function sdkText(): string {
  return [header, ...resourceSchemas.flatMap((schema) => [argsType(schema), resourceClass(schema)])].join("\n");
}

function argsType({ name, args, alternatives }: ResourceSchema): string {
  const alternativeNames = alternatives.flatMap(({ names }) => names);
  const plain = Object.entries(args.shape).filter(([property]) => !alternativeNames.includes(property));
  const members = plain.map(([property, schema]) => input(property, schema as z.ZodType));
  const unions = alternatives.map((group) => ` & (${unionType(group, args)})`);
  return `/** The arguments of a ${name}. */\nexport type ${name}Args = {\n${members.join("\n")}\n}${unions.join("")};\n`;
}

/** One variant for each alternative, in which the others are absent; what need not be given may be undefined. */
function unionType({ names, required }: Alternatives, args: z.ZodObject): string {
  const variants = names.map((chosen) => {
    const members = names.map((name) =>
      name === chosen ? input(name, args.shape[name] as z.ZodType, required) : `${name}?: undefined;`,
    );
    return `{\n${members.join("\n")}\n}`;
  });
  return variants.join(" | ");
}

function resourceClass(schema: ResourceSchema): string {
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

function input(name: string, schema: z.ZodType, required = !schema.safeParse(undefined).success): string {
  const type = `pulumi.Input<${inputTypeText(schema)}>`;
  return `${comment(descriptionOf(schema))}\n${name}${required ? `: ${type}` : `?: ${type} | undefined`};`;
}

function output(name: string, schema: z.ZodType, required: boolean): string {
  const type = `${typeText(schema)}${required ? "" : " | undefined"}`;
  return `${comment(descriptionOf(schema))}\ndeclare readonly ${name}: pulumi.Output<${type}>;`;
}

function comment(text: string): string {
  return `/** ${text.replaceAll("*/", "*\\/")} */`;
}

function descriptionOf(schema: z.ZodType): string {
  return schema.meta()?.description ?? "";
}

/** Pulumi's Asset has no members, so that even a path as plain text would be one. */
function inputTypeText(schema: z.ZodType): string {
  return schema.meta()?.pulumiType === "Asset" ? "pulumi.asset.Asset & object" : typeText(schema);
}

function typeText(schema: z.ZodType): string {
  const { pulumiType } = schema.meta() ?? {};
  if (pulumiType) return pulumiType === "Asset" ? "pulumi.asset.Asset" : "unknown";
  if (schema instanceof z.ZodOptional) return typeText(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => JSON.stringify(option)).join(" | ");
  if (schema instanceof z.ZodNumber) return "number";
  return schema instanceof z.ZodBoolean ? "boolean" : "string";
}
