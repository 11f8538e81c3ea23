import { z } from "zod";
import { keyProblem } from "../kv/entry";
import { limits } from "../kv/limits";
import { type FoundValue, readValues } from "../kv/stored-value";
import { rule, wholeNumber } from "../pulumi/validate";
import { accountIdArg, namespaceIdArg } from "../resources/address";
import { sortKeys } from "../resources/key-value-set/manifest/manifest";
import { type CallContext, callOptions } from "../session/context";
import { type KvFunction, type Located, lookInto } from "./function";
import { storedOf, storedShape } from "./get-key-value";
import { listKeys, prefixArg } from "./get-keys";

const args = z.object({
  accountId: accountIdArg,
  namespaceId: namespaceIdArg,
  prefix: prefixArg,
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
    ...storedShape,
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
      entries: found.map(([key, one]) => ({ key, ...storedOf(one) })),
    };
  },
};

async function readKeys(located: Args, context: CallContext): Promise<(readonly [string, FoundValue])[]> {
  const { keys, limit = Number.POSITIVE_INFINITY, prefix, ...namespace } = located;
  const names = keys ? sortKeys([...new Set(keys)]) : (await listKeys(located, context)).map(({ name }) => name);
  const wanted = names.slice(0, limit);
  const found = new Map<string, FoundValue>();
  await readValues(context.connection.client, namespace, wanted, callOptions(context), (key, one) =>
    found.set(key, one),
  );
  return wanted.flatMap((key) => {
    const one = found.get(key);
    return one ? [[key, one] as const] : [];
  });
}
