import { z } from "zod";
import type { KvNamespace } from "../kv/answers";

/** A namespace as the functions answer it. */
export const namespaceDetails = z
  .object({
    id: z.string().meta({ description: "<accountId>/<namespaceId>, by which a Namespace resource is imported." }),
    accountId: z.string().meta({ description: "The account that holds the namespace." }),
    namespaceId: z.string().meta({ description: "The namespace's id, 32 hexadecimal digits." }),
    title: z.string().meta({ description: "The title, unique in the account." }),
    jurisdiction: z.string().optional().meta({ description: "Where the data is kept; absent where it is everywhere." }),
    mode: z
      .string()
      .optional()
      .meta({ description: "How the namespace is kept, such as instant; absent as nearly always." }),
    supportsUrlEncoding: z.boolean().meta({
      description: "True where keys in a URL are decoded before they are stored, as in all but very old namespaces.",
    }),
  })
  .meta({ title: "NamespaceDetails", description: "A namespace of the account." });

export function detailsOf(accountId: string, namespace: KvNamespace): z.output<typeof namespaceDetails> {
  return {
    id: `${accountId}/${namespace.id}`,
    accountId,
    namespaceId: namespace.id,
    title: namespace.title,
    jurisdiction: namespace.jurisdiction ?? undefined,
    mode: namespace.mode ?? undefined,
    supportsUrlEncoding: namespace.supports_url_encoding ?? true,
  };
}
