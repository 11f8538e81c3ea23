import type { FunctionSchema } from "../functions/function";
import { secretMembers } from "../functions/secret-results";
import { secretNames } from "../pulumi/schema";
import { functionSchemas, resultTypes } from "./package-schema";
import { argsType, argument, comment, input, member, objectType } from "./sdk-resources";

const header = `// Generated from the functions' definitions by \`npm run generate\`: change those.
import * as pulumi from "@pulumi/pulumi";
import { type FunctionOptions, type FunctionOutputOptions, invoke, invokeOutput } from "./invoke";
import { secretWhere } from "./secret-answer";
`;

/** The SDK's functions, each for plain arguments and for outputs, with their arguments and results. */
export function sdkFunctionsText(): string {
  const types = resultTypes().map(([name, type]) => objectType(name, type, member));
  return [header, ...types, ...functionSchemas.flatMap((schema) => [...typesOf(schema), ...formsOf(schema)])].join(
    "\n",
  );
}

function typesOf(schema: FunctionSchema): string[] {
  const { name, result } = schema;
  const type = typeName(schema);
  return [
    argsType(`${type}Args`, `The arguments of ${name}.`, schema, argument),
    argsType(`${type}OutputArgs`, `The arguments of ${name}Output.`, schema, input),
    objectType(`${type}Result`, result.meta({ description: `What ${name} answers.` }), member),
  ];
}

function formsOf(schema: FunctionSchema): string[] {
  const { name, description, result } = schema;
  const type = typeName(schema);
  const none = isCallableWithout(schema) ? " = {}" : "";
  const isSecret = secretNames(result).length > 0;
  const members = secretMembers(result);
  const inClear = isSecret || members.length > 0 ? ` The answer is in clear: ${name}Output keeps it a secret.` : "";
  const asSecret = isSecret ? " The answer is a secret." : members.map(secretSentence).join("");
  const output = `invokeOutput<${type}Result>(${JSON.stringify(name)}, args, opts)`;
  return [
    `${comment(`${description}${inClear}`)}
export function ${name}(args: ${type}Args${none}, opts?: FunctionOptions): Promise<${type}Result> {
  return invoke(${JSON.stringify(name)}, args, opts);
}
`,
    `${comment(`${description} It is called once all arguments are known.${asSecret}`)}
export function ${name}Output(args: ${type}OutputArgs${none}, opts?: FunctionOutputOptions): pulumi.Output<${type}Result> {
  return ${isSecret ? `pulumi.secret(${output})` : members.reduce(secretWhere, output)};
}
`,
  ];
}

type SecretMembers = ReturnType<typeof secretMembers>[number];

function secretSentence([list, members]: SecretMembers): string {
  return ` The answer is a secret where one of its ${list} has ${members.join(" or ")}.`;
}

function secretWhere(output: string, [list, members]: SecretMembers): string {
  const isThere = members.map((member) => `${member} !== undefined`).join(" || ");
  return `secretWhere(${output}, ({ ${list} }) => ${list}.some(({ ${members.join(", ")} }) => ${isThere}))`;
}

function typeName({ name }: FunctionSchema): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function isCallableWithout({ args, alternatives }: FunctionSchema): boolean {
  return args.safeParse({}).success && !alternatives.some(({ required }) => required);
}
