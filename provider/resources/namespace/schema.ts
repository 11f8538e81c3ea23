import { z } from "zod";
import { instantLimits, limits } from "../../kv/limits";
import type { ResourceSchema } from "../../pulumi/schema";
import { rule } from "../../pulumi/validate";
import { accountIdSchema } from "../address";
import { titleProblem } from "./title";

const jurisdiction = z.enum(["eu", "fedramp", "us"]).meta({
  title: "Jurisdiction",
  description: "Where the data of a namespace is kept.",
  values: {
    eu: "The European Union.",
    fedramp: "Data centers with a FedRAMP authorization.",
    us: "The United States.",
  },
});

const mode = z.enum(["instant"]).meta({
  title: "NamespaceMode",
  description: "How a namespace is kept.",
  values: { instant: "Few and small pairs that every write shows at once: a private beta of Cloudflare's." },
});

export const namespaceArgs = z.object({
  accountId: accountIdSchema,
  title: z
    .string()
    .superRefine(rule(titleProblem))
    .optional()
    .meta({
      description:
        `The title, 1 to ${limits.maxTitleLength} characters, unique in the account. A change renames the namespace in place. ` +
        "Without a title one is made from the resource's name and kept.",
    }),
  jurisdiction: jurisdiction.optional().meta({
    description:
      "Where the data is kept: eu, fedramp or us; without it, everywhere. A change replaces the namespace, and its keys are lost.",
    replaces: true,
  }),
  mode: mode.optional().meta({
    description:
      "instant, where Cloudflare has given the account this private beta; without it, as always. Then keys have at most " +
      `${instantLimits.maxKeyBytes} bytes, none has metadata, and all of them together are at most ${instantLimits.maxPairs} pairs of ` +
      `${instantLimits.maxBytes} bytes. Not beside jurisdiction. A change replaces the namespace, and its keys are lost.`,
    replaces: true,
  }),
  adopt: z
    .boolean()
    .optional()
    .meta({
      description:
        "Takes over the namespace that has exactly this title, where there is one, instead of failing. Default false. " +
        "A destroy then deletes it like any other.",
      default: false,
    }),
  forceDestroy: z
    .boolean()
    .optional()
    .meta({
      description:
        "Permits deleting the namespace although it holds keys that this stack does not manage; they are deleted with it. " +
        "Default false. For one run, set CLOUDFLARE_KV_FORCE_DESTROY=true.",
      default: false,
    }),
});

export const namespaceOutputs = z.object({
  title: z.string().meta({ description: "The title, also where it was made from the resource's name." }),
  namespaceId: z.string().meta({
    description: "The namespace's id, 32 hexadecimal digits, as Workers' bindings and the other resources want it.",
    stable: true,
  }),
  supportsUrlEncoding: z.boolean().meta({
    description: "True where keys in a URL are decoded before they are stored, as in all but very old namespaces.",
    stable: true,
  }),
  writtenAt: z.number().optional().meta({
    description:
      "When this resource last created or renamed the namespace, in unix seconds; absent when it was adopted.",
  }),
});

export const namespaceSchema: ResourceSchema = {
  name: "Namespace",
  description:
    "A Workers KV namespace. A new title renames it in place, and deleting it is refused while it holds keys that " +
    "this stack does not manage, unless forceDestroy is set.",
  args: namespaceArgs,
  outputs: namespaceOutputs,
  alternatives: [{ names: ["mode", "jurisdiction"], required: false }],
};

export type NamespaceArgs = z.output<typeof namespaceArgs> & { accountId: string };
export type NamespaceState = NamespaceArgs & Partial<z.output<typeof namespaceOutputs>>;
