import { z } from "zod";
import type { ListedKey } from "../kv/answers";
import { keyPrefixProblem } from "../kv/entry";
import { keyPages, pageSizeFor, refuseToHold } from "../kv/key-pages";
import { limits } from "../kv/limits";
import { rule, wholeNumber } from "../pulumi/validate";
import { accountIdArg, namespaceIdArg } from "../resources/address";
import { type CallContext, callOptions } from "../session/context";
import { type KvFunction, type Located, lookInto } from "./function";

/** Which keys of a namespace. */
export const prefixArg = z
  .string()
  .superRefine(rule(keyPrefixProblem))
  .optional()
  .meta({ description: "What the names of the keys begin with. Default none: all keys." });

const args = z.object({
  accountId: accountIdArg,
  namespaceId: namespaceIdArg,
  prefix: prefixArg,
  limit: z
    .number()
    .superRefine(wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .optional()
    .meta({
      description: `How many keys there may be in the answer, the first of them. Default all, at a request for every ${limits.maxKeysPerPage}.`,
    }),
});

const listedKey = z
  .object({
    name: z.string().meta({ description: "The key's name." }),
    metadata: z.unknown().optional().meta({
      description:
        "The JSON that is stored beside the value; absent where there is none. It is a secret, as the value would be.",
      pulumiType: "Any",
      secret: true,
    }),
    expiration: z
      .number()
      .optional()
      .meta({ description: "When the key expires, in unix seconds; absent when it does not." }),
  })
  .meta({ title: "ListedKey", description: "A key of a namespace, without its value." });

const result = z.object({
  keys: z.array(listedKey).meta({ description: "The keys, in the order of their names' bytes." }),
});

type Args = Located<z.output<typeof args>>;

/** The keys of a namespace. */
export const getKeys: KvFunction<typeof args, typeof result> = {
  name: "getKeys",
  description:
    "Lists the keys of a Workers KV namespace with their metadata and expiration, without their values. " +
    "A write elsewhere shows after up to a minute.",
  args,
  result,
  alternatives: [],
  async run(located, context) {
    const keys = await lookInto(located, () => listKeys(located, context));
    return {
      keys: keys.map(({ name, metadata, expiration }) => ({
        name,
        metadata: metadata ?? undefined,
        expiration: expiration ?? undefined,
      })),
    };
  },
};

/** The first keys that begin so, up to the limit. */
export async function listKeys({ prefix, limit = Infinity, ...namespace }: Args, context: CallContext) {
  const keys: ListedKey[] = [];
  const options = { ...callOptions(context), ...(prefix && { prefix }), limit: pageSizeFor(limit) };
  for await (const page of keyPages(context.connection.client, namespace, options)) {
    keys.push(...page);
    if (keys.length >= limit) break;
    refuseToHold(keys.length);
  }
  return keys.slice(0, limit);
}
