import { z } from "zod";
import { keyPrefixProblem, keyProblem } from "../kv/entry";
import { keyPages, pageSizeFor, refuseToHold } from "../kv/key-pages";
import { limits } from "../kv/limits";
import { type FoundValue, readValues } from "../kv/stored-value";
import { rule, wholeNumber } from "../pulumi/validate";
import { accountIdArg, namespaceIdArg } from "../resources/address";
import { formOf } from "../resources/key-value/value";
import { type CallContext, callOptions } from "../session/context";
import { type KvFunction, type Located, lookInto } from "./function";

const args = z.object({
  accountId: accountIdArg,
  namespaceId: namespaceIdArg,
  prefix: z
    .string()
    .superRefine(rule(keyPrefixProblem))
    .optional()
    .meta({ description: "What the names of the keys begin with. Default none: all keys." }),
  keys: z
    .array(z.string().superRefine(rule(keyProblem)))
    .optional()
    .meta({
      description: "The names of the keys, in place of a prefix. One that is not there is left out of the answer.",
    }),
  limit: z
    .number()
    .superRefine(wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .optional()
    .meta({
      description:
        "How many keys there may be in the answer, the first of them. Default all, at a request for every " +
        `${limits.maxBulkReadKeys} and one more for every ${limits.maxKeysPerPage}.`,
    }),
});

const readEntry = z
  .object({
    key: z.string().meta({ description: "The key's name." }),
    value: z.string().optional().meta({
      description: "The value as text; absent where its bytes are not UTF-8: then there is valueBase64.",
      secret: true,
    }),
    valueBase64: z.string().optional().meta({
      description: "The value's bytes in base64, where they are not UTF-8; absent where there is value.",
      secret: true,
    }),
    metadata: z.unknown().optional().meta({
      description: "The JSON that is stored beside the value; absent where there is none.",
      pulumiType: "Any",
      secret: true,
    }),
    expiration: z
      .number()
      .optional()
      .meta({ description: "When the key expires, in unix seconds; absent when it does not." }),
  })
  .meta({ title: "ReadKeyValue", description: "A key of a namespace, in the form of an entry of a KeyValueSet." });

const result = z.object({
  entries: z
    .array(readEntry)
    .meta({ description: "The keys with what they hold, in the order of their names' bytes." }),
});

type Args = Located<z.output<typeof args>>;

/** Many keys of a namespace. */
export const getKeyValues: KvFunction<typeof args, typeof result> = {
  name: "getKeyValues",
  description:
    "Reads many keys of a Workers KV namespace with their values, metadata and expirations, a hundred in a request: those below a " +
    "prefix, or those that are named. The answer can be the entries of a KeyValueSet. " +
    "A write elsewhere shows after up to a minute.",
  args,
  result,
  alternatives: [{ names: ["prefix", "keys"], required: false }],
  async run(located, context) {
    const found = await lookInto(located, () => readKeys(located, context));
    return {
      entries: found.map(([key, { value, metadata, expiration }]) => ({
        key,
        ...formOf(value),
        metadata: metadata ?? undefined,
        expiration,
      })),
    };
  },
};

async function readKeys(located: Args, context: CallContext): Promise<(readonly [string, FoundValue])[]> {
  const { keys, limit = Number.POSITIVE_INFINITY, prefix, ...namespace } = located;
  const names = keys ? [...new Set(keys)].sort(byBytes) : await namesOf(located, context);
  const found = new Map<string, FoundValue>();
  const wanted = names.slice(0, limit);
  await readValues(context.connection.client, namespace, wanted, callOptions(context), (key, one) =>
    found.set(key, one),
  );
  return wanted.flatMap((key) => {
    const one = found.get(key);
    return one ? [[key, one] as const] : [];
  });
}

async function namesOf({ prefix, limit = Number.POSITIVE_INFINITY, ...namespace }: Args, context: CallContext) {
  const names: string[] = [];
  const options = { ...callOptions(context), ...(prefix && { prefix }), limit: pageSizeFor(limit) };
  for await (const page of keyPages(context.connection.client, namespace, options)) {
    names.push(...page.map(({ name }) => name));
    if (names.length >= limit) break;
    refuseToHold(names.length);
  }
  return names;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
