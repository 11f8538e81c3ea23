import Ajv, { type ValidateFunction } from "ajv";
import { deviations } from "./deviations";
import published from "./kv-openapi.json";

/** As much of an OpenAPI document as the check reads. */
export interface Contract {
  paths: Record<string, Record<string, { responses: Record<string, { content: Record<string, { schema: object }> }> }>>;
  components: { schemas: Record<string, Record<string, unknown>> };
}

const contract = structuredClone(published) as unknown as Contract;
for (const deviation of deviations) deviation.apply(contract);

/** Formats and vendor keywords of OpenAPI are not JSON Schema's; `nullable` is known to Ajv. */
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const validators = new Map<object, ValidateFunction>();
const failure = { $ref: "#/components/schemas/workers-kv_api-response-common-failure" };

/**
 * Throws what is wrong with a response by the published contract. A response on a path the contract does not have must
 * be its common failure; of 5xx the contract says nothing.
 */
export function checkResponse(method: string, url: string, status: number, contentType: string, body: Buffer): void {
  if (status >= 500) return;
  const where = `${method} ${url} answered ${status}`;
  const content = contentOf(method, url, status);
  if (content === undefined) throw new Error(`${where}, which the contract does not have`);
  const mediaType = contentType.split(";")[0] ?? "";
  const schema = content[mediaType]?.schema;
  if (schema === undefined) throw new Error(`${where} as "${contentType}", which the contract does not have`);
  if (mediaType === "application/json") checkJson(where, schema, body);
}

function contentOf(method: string, url: string, status: number): Record<string, { schema: object }> | undefined {
  const path = url.replace(/^.*\/client\/v4|\/?(\?.*)?$/g, "");
  const template = Object.keys(contract.paths).find((candidate) => patternOf(candidate).test(path)) ?? "";
  const operation = contract.paths[template]?.[method.toLowerCase()];
  const isRefusal = status >= 400;
  if (operation === undefined) return isRefusal ? { "application/json": { schema: failure } } : undefined;
  return operation.responses[isRefusal ? "4XX" : String(status)]?.content;
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replace("{key_name}", ".+").replace(/\{\w+\}/g, "[^/]+")}$`);
}

function checkJson(where: string, schema: object, body: Buffer): void {
  const validate = validatorOf(schema);
  if (validate(JSON.parse(body.toString()))) return;
  throw new Error(`${where} outside the contract: ${ajv.errorsText(validate.errors)}\n${body.toString().slice(0, 500)}`);
}

function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const validator = ajv.compile({ allOf: [schema], components: contract.components });
  validators.set(schema, validator);
  return validator;
}
