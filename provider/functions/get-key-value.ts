import { z } from "zod";
import { keyProblem } from "../kv/entry";
import { limits } from "../kv/limits";
import { quoted } from "../kv/quote";
import type { FoundValue } from "../kv/stored-value";
import { rule } from "../pulumi/validate";
import { accountIdArg, namespaceIdArg } from "../resources/address";
import { formOf } from "../resources/key-value/value";
import { callOptions } from "../session/context";
import { type KvFunction, lookInto, NotFoundError } from "./function";

const args = z.object({
  accountId: accountIdArg,
  namespaceId: namespaceIdArg,
  key: z
    .string()
    .superRefine(rule(keyProblem))
    .meta({ description: `The key's name, 1 to ${limits.maxKeyBytes} bytes of UTF-8, as it is.` }),
});

/** What is stored under a key. */
export const storedShape = {
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
};

const result = z.object(storedShape);

/** The same of what was read. */
export function storedOf({ value, metadata, expiration }: FoundValue) {
  return { ...formOf(value), metadata: metadata ?? undefined, expiration };
}

/** What is stored under a key. */
export const getKeyValue: KvFunction<typeof args, typeof result> = {
  name: "getKeyValue",
  description:
    "Reads one key of a Workers KV namespace: its value, metadata and expiration. " +
    "Fails where there is no such key. A write elsewhere shows after up to a minute.",
  args,
  result,
  alternatives: [],
  async run({ key, ...namespace }, context) {
    const { keys } = context.connection;
    const stored = await lookInto(namespace, () => keys.find({ ...namespace, key }, callOptions(context)));
    if (!stored) throw absent(context.hidesKeys ? "such key" : `key ${quoted(key)}`, namespace.namespaceId);
    return storedOf(stored);
  },
};

function absent(key: string, namespaceId: string): NotFoundError {
  return new NotFoundError(
    `There is no ${key} in the namespace ${namespaceId}, or it has expired: getKeys lists those that there are`,
  );
}
