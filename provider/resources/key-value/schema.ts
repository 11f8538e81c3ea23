import { z } from "zod";
import { base64Problem, expirationProblem, expirationTtlProblem, keyProblem, textProblem } from "../../kv/entry";
import { limits } from "../../kv/limits";
import { type Asset, assetProblem } from "../../pulumi/asset";
import type { ResourceSchema } from "../../pulumi/schema";
import { rule } from "../../pulumi/validate";
import { accountIdSchema, namespaceIdSchema } from "../address";
import { metadataProblem } from "../metadata";
import { valueForms, valueJsonProblem } from "./value";

export const keyValueArgs = z.object({
  accountId: accountIdSchema,
  namespaceId: namespaceIdSchema("key"),
  key: z
    .string()
    .superRefine(rule(keyProblem))
    .meta({
      description:
        `The key's name, 1 to ${limits.maxKeyBytes} bytes of UTF-8, kept as it is; not "." or "..". ` +
        "The resource's id contains it, and ids are never secret. A change replaces the resource.",
      replaces: true,
    }),
  value: z
    .string()
    .superRefine(rule(textProblem))
    .optional()
    .meta({
      textOr: "give it as valueJson",
      description:
        `The value as text, up to ${limits.maxValueBytes} bytes of UTF-8. ` +
        "Exactly one of value, valueBase64, valueJson and source is given. Mark it as a secret if it is one: inputs are in the state.",
    }),
  valueBase64: z
    .string()
    .superRefine(rule(base64Problem))
    .optional()
    .meta({ description: `The value as bytes in base64, up to ${limits.maxValueBytes} bytes when decoded.` }),
  valueJson: z
    .unknown()
    .superRefine(rule(valueJsonProblem))
    .optional()
    .meta({
      description:
        `The value as JSON: any but null, stored as compact text of up to ${limits.maxValueBytes} bytes, its members sorted by ` +
        "name. A plan names the members that change. Another order of members, or other white space in the store, is no drift. " +
        "What would not come back as it is given is refused: NaN, infinities, integers beyond 2^53.",
      pulumiType: "Any",
      members: true,
    }),
  source: z
    .unknown()
    .superRefine(rule((value) => assetProblem(value, 'value: ""')))
    .optional()
    .meta({
      description:
        `The value as a file or a text asset, up to ${limits.maxValueBytes} bytes. ` +
        "Of a file the state holds the hash and the path, not the bytes; a text asset stands in the state, as value does: mark " +
        "it as a secret if it is one. A path is relative to the project, and given as a FileAsset: as plain text it is refused.",
      pulumiType: "Asset",
    }),
  metadata: z
    .unknown()
    .superRefine(rule((value) => metadataProblem(value)))
    .optional()
    .meta({
      description:
        `Any JSON that is stored beside the value, up to ${limits.maxMetadataBytes} bytes when serialized. Null is the same as none. ` +
        "What would not come back as it is given is refused: NaN, infinities, integers beyond 2^53.",
      pulumiType: "Any",
      members: true,
    }),
  adopt: z
    .boolean()
    .optional()
    .meta({
      description:
        "True where the key may be in the store already: a new resource reads it, in a preview too, and writes it only where it " +
        "differs. The preview says which. Default false: then it is written without a look.",
      default: false,
    }),
  expiration: z
    .number()
    .superRefine(rule(expirationProblem))
    .optional()
    .meta({
      description:
        `When the key expires, in unix seconds, at least ${limits.minExpirationTtlSeconds} seconds ahead. ` +
        "At most one of expiration and expirationTtl is given. Once it has passed, the key is gone as declared: " +
        "that is no drift, and nothing is written. A change replaces the resource, in one write.",
      replaces: true,
    }),
  expirationTtl: z
    .number()
    .superRefine(rule((ttl: number) => expirationTtlProblem(ttl)))
    .optional()
    .meta({
      description:
        `Seconds from the write after which the key expires, at least ${limits.minExpirationTtlSeconds}. ` +
        "Every write starts them anew. A change replaces the resource, in one write.",
      replaces: true,
    }),
});

export const keyValueOutputs = z.object({
  expiresAt: z
    .number()
    .optional()
    .meta({
      description: "When the key expires, in unix seconds; absent when it does not.",
      derivedFrom: ["expiration", "expirationTtl"],
    }),
  valueSha256: z.string().meta({ description: "SHA-256 of the value's bytes, in hexadecimal digits.", secret: true }),
  writtenAt: z.number().optional().meta({
    description: "When this resource last wrote the key, in unix seconds; absent when it was adopted or had expired.",
  }),
});

/** Of a source that is no text, which only a read of its own can fetch. The engine shows no name that begins so. */
export const binaryMark = "__isBinary";

export const keyValueSchema: ResourceSchema = {
  name: "KeyValue",
  description:
    "One key of a Workers KV namespace, with its value, metadata and expiration. " +
    "A change of the expiration is a replacement in one write: readers never miss the key. " +
    "A delete never removes a key that the program still declares under another name.",
  args: keyValueArgs,
  outputs: keyValueOutputs,
  alternatives: [
    { names: valueForms, required: true },
    { names: ["expiration", "expirationTtl"], required: false },
  ],
  internal: { [binaryMark]: { secret: false } },
  hidesKeys: (secrets) => secrets.covers("key"),
};

export type KeyValueArgs = z.output<typeof keyValueArgs> & { accountId: string; source?: Asset };
export type KeyValueState = KeyValueArgs &
  Partial<z.output<typeof keyValueOutputs>> & { readonly [binaryMark]?: boolean };
