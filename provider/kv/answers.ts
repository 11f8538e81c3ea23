import { z } from "zod";
import { CloudflareError } from "./error";
import { type Answer, describeRequest, isWrite, type Request } from "./request";

export const namespaceSchema = z.looseObject({
  // It becomes a segment of paths: "..", for one, would address all namespaces.
  id: z.string().regex(/^[0-9a-f]{32}$/),
  title: z.string(),
  supports_url_encoding: z.boolean().nullish(),
  jurisdiction: z.string().nullish(),
  mode: z.string().nullish(),
});

export const namespacesSchema = z.array(namespaceSchema).nullish();
export const keySchema = z.looseObject({
  name: z.string(),
  expiration: z.int().nullish(),
  metadata: z.unknown().optional(),
});
export const keysSchema = z.array(keySchema).nullish();
export const bulkResultSchema = z
  .looseObject({ successful_key_count: z.number().nullish(), unsuccessful_keys: z.array(z.string()).nullish() })
  .nullish();
// Not a record: zod leaves out the key "__proto__".
export const bulkValuesSchema = z.looseObject({
  values: z.custom<Record<string, unknown>>((values) => typeof values === "object" && values !== null),
});
export const bulkValueSchema = z
  .looseObject({ value: z.string().nullable(), metadata: z.unknown().optional(), expiration: z.int().nullish() })
  .nullish();
export const pageSchema = z
  .looseObject({ count: z.number().nullish(), total_count: z.number().nullish(), cursor: z.string().nullish() })
  .nullish();

export const envelopeSchema = z.looseObject({
  success: z.literal(true),
  result: z.unknown().optional(),
  result_info: z.unknown().optional(),
});

/** A namespace as the API describes it. */
export type KvNamespace = z.output<typeof namespaceSchema>;

/** A key as a list has it. */
export type ListedKey = z.output<typeof keySchema>;

/** A text value and what belongs to it, as a bulk read gives it. */
export interface BulkValue {
  readonly value: string;
  /** Any JSON; null when there is none. */
  readonly metadata: unknown;
  /** Unix seconds; undefined when the key does not expire. */
  readonly expiration: number | undefined;
}

/** Null, in the place of the pair or of its value, says that the key does not exist. */
export function bulkValue(key: string, found: unknown, request: Request): [string, BulkValue][] {
  const pair = parse(bulkValueSchema, found, request);
  if (typeof pair?.value !== "string") return [];
  const { value, metadata, expiration } = pair;
  return [[key, { value, metadata: metadata ?? null, expiration: expiration ?? undefined }]];
}

/** No list is an empty one, unless the answer says that there is more: whoever deletes by a list must not err. */
export function parsePage<T>(
  schema: z.ZodType<T[] | null | undefined>,
  { result, result_info }: z.output<typeof envelopeSchema>,
  request: Request,
) {
  const items = parse(schema, result, request);
  const page = parse(pageSchema, result_info, request);
  if (!items && (page?.count || page?.total_count)) throw malformed(request, "result is missing");
  return { items: items ?? [], page };
}

/** Unknown members pass; a missing one is the API's fault, and the answer is not quoted. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, request: Request, answer?: Answer): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join(".") || "the body";
  throw malformed(request, `${where} is not as expected`, answer?.status);
}

export function malformed(request: Request, what: string, status?: number): CloudflareError {
  const withStatus = status === undefined ? "" : ` with status ${status}`;
  return new CloudflareError(
    `${describeRequest(request)} was answered${withStatus}, but not as the API does: ${what}`,
    { advice: "check baseUrl", ...(status === undefined ? {} : { status }), ambiguous: isWrite(request) },
  );
}
