import type { Contract } from "./contract";

/** A place where the published contract contradicts itself or what was observed, and how it is read instead. */
export interface Deviation {
  reason: string;
  apply(contract: Contract): void;
}

const schemaRef = (name: string) => ({ $ref: `#/components/schemas/workers-kv_${name}` });

/** All places where the check is not the contract to the letter. */
export const deviations: readonly Deviation[] = [
  {
    reason: "Error codes are at least 1000, but 971 is the most common code of a 429.",
    apply: ({ components }) => {
      const code = { type: "integer", anyOf: [{ minimum: 1000 }, { const: 971 }] };
      components.schemas["workers-kv_messages"] = {
        type: "array",
        uniqueItems: true,
        items: {
          type: "object",
          required: ["code", "message"],
          properties: { code, message: { type: "string" } },
        },
      };
    },
  },
  {
    reason: "The 4XX of bulk writes and deletes extends the success envelope, so it would have to say success: true.",
    apply: ({ components, paths }) => {
      const failure = components.schemas["workers-kv_api-response-common-failure"];
      components.schemas["workers-kv_bulk-failure"] = { allOf: [failure, { properties: { result: nullableResult } }] };
      for (const path of Object.keys(paths).filter((name) => /\/bulk(\/delete)?$/.test(name))) {
        for (const { responses } of Object.values(paths[path] ?? {})) {
          responses["4XX"] = { content: { "application/json": { schema: schemaRef("bulk-failure") } } };
        }
      }
    },
  },
  {
    reason: "Of bulk/get's two forms exactly one must hold, but an answer with metadata, or an empty one, is both.",
    apply: ({ paths }) => {
      const operation = Object.entries(paths).find(([name]) => name.endsWith("/bulk/get"))?.[1].post;
      const result = { anyOf: [schemaRef("bulk-get-result"), schemaRef("bulk-get-result-with-metadata")] };
      const schema = { allOf: [schemaRef("api-response-common"), { properties: { result } }] };
      if (operation !== undefined) operation.responses["200"] = { content: { "application/json": { schema } } };
    },
  },
  {
    reason: "A plain value of bulk/get is never null or an array in the contract; a missing key's is null, JSON has arrays.",
    apply: ({ components }) => {
      components.schemas["workers-kv_bulk-get-result"] = {
        type: "object",
        properties: { values: { type: "object", additionalProperties: schemaRef("any") } },
      };
    },
  },
];

const nullableResult = { anyOf: [schemaRef("bulk-result"), { type: "null" }] };
