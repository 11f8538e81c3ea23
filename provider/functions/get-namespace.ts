import { z } from "zod";
import type { KvNamespace } from "../kv/answers";
import { rule } from "../pulumi/validate";
import { accountIdArg, namespaceIdArg } from "../resources/address";
import { titleProblem } from "../resources/namespace/title";
import { type CallContext, callOptions } from "../session/context";
import { type KvFunction, type Located, lookInto, NotFoundError } from "./function";
import { detailsOf, namespaceDetails } from "./namespace-details";

const args = z.object({
  accountId: accountIdArg,
  title: z
    .string()
    .superRefine(rule(titleProblem))
    .optional()
    .meta({ description: "The exact title of the namespace. Exactly one of title and namespaceId is given." }),
  namespaceId: namespaceIdArg.optional().meta({ description: namespaceIdArg.meta()?.description }),
});

type Args = Located<z.output<typeof args>>;

/** One namespace, by its title or its id. */
export const getNamespace: KvFunction<typeof args, typeof namespaceDetails> = {
  name: "getNamespace",
  description: "Looks up a Workers KV namespace by its title or its id. Fails where there is none.",
  args,
  result: namespaceDetails,
  alternatives: [{ names: ["title", "namespaceId"], required: true }],
  async run(located, context) {
    const { accountId, namespaceId } = located;
    const found = namespaceId ? await byId(accountId, namespaceId, context) : await byTitle(located, context);
    return detailsOf(accountId, found);
  },
};

function byId(accountId: string, namespaceId: string, context: CallContext): Promise<KvNamespace> {
  const { client } = context.connection;
  return lookInto({ accountId, namespaceId }, () => client.getNamespace(accountId, namespaceId, callOptions(context)));
}

async function byTitle({ accountId, title }: Args, context: CallContext): Promise<KvNamespace> {
  const all = await context.connection.client.listNamespaces(accountId, callOptions(context));
  const found = all.find((namespace) => namespace.title === title);
  if (found) return found;
  throw new NotFoundError(
    `There is no namespace with the title "${title}" in the account ${accountId}: getNamespaces lists those that there are`,
  );
}
