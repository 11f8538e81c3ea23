import { z } from "zod";
import { accountIdArg } from "../resources/address";
import { callOptions } from "../session/context";
import type { KvFunction } from "./function";
import { detailsOf, namespaceDetails } from "./namespace-details";

const args = z.object({ accountId: accountIdArg });

const result = z.object({
  namespaces: z.array(namespaceDetails).meta({ description: "The namespaces, in the order of their titles." }),
});

/** All namespaces of an account. */
export const getNamespaces: KvFunction<typeof args, typeof result> = {
  name: "getNamespaces",
  description: "Lists all Workers KV namespaces of an account, a thousand a request.",
  args,
  result,
  alternatives: [],
  async run({ accountId }, context) {
    const all = await context.connection.client.listNamespaces(accountId, callOptions(context));
    const namespaces = all.sort((a, b) => (a.title < b.title ? -1 : 1));
    return { namespaces: namespaces.map((namespace) => detailsOf(accountId, namespace)) };
  },
};
