import { z } from "zod";
import { expirationProblem, expirationTtlProblem, keyPrefixProblem } from "../../kv/entry";
import { limits } from "../../kv/limits";
import type { Properties } from "../../pulumi/resource-provider";
import { inputsIn, outputsIn, type ResourceSchema } from "../../pulumi/schema";
import { rule, wholeNumber } from "../../pulumi/validate";
import { accountIdSchema, namespaceIdSchema } from "../address";
import { metadataProblem } from "../metadata";
import { Manifest } from "./manifest/manifest";
import { defaultExclude, globsProblem } from "./source/file-filter";
import { fileMetadataProblem } from "./source/file-metadata";
import { sourceProblem } from "./source/open-source";
import { sourceFormats } from "./source/source";

/** Up to so many entries a refresh compares values unless it is told otherwise. */
export const valuesByDefault = 10_000;

const metadata = z.unknown().superRefine(rule((value) => metadataProblem(value)));

/** Only described here: entries are checked all at once, wherever they stand. */
const entryShape = z
  .object({
    key: z.string().meta({ description: "The key's name, without the set's keyPrefix." }),
    value: z.unknown().optional().meta({
      description:
        "The value as text; with the set's jsonValues, also any other JSON. Exactly one of value, valueBase64 and valueJson is given.",
      pulumiType: "Any",
    }),
    valueBase64: z.string().optional().meta({ description: "The value as bytes in base64." }),
    valueJson: z.unknown().optional().meta({
      description: "The value as JSON: any but null, stored as compact text, its members sorted by name.",
      pulumiType: "Any",
    }),
    metadata: z.unknown().optional().meta({
      description: "Any JSON that is stored beside the value; by default that of the set.",
      pulumiType: "Any",
    }),
    expiration: z.number().optional().meta({
      description: "When the key expires, in unix seconds; by default that of the set.",
    }),
    expirationTtl: z.number().optional().meta({
      description: "Seconds from the write after which the key expires; by default that of the set.",
    }),
  })
  .meta({ title: "KeyValueSetEntry", description: "One key of a KeyValueSet." });

const fileMetadataShape = z
  .object({
    files: z.string().meta({ description: "A glob of the paths of files below the archive's root." }),
    metadata: z
      .unknown()
      .refine((value) => value !== undefined)
      .meta({
        description: "Any JSON, up to 1024 bytes when serialized.",
        pulumiType: "Any",
      }),
  })
  .meta({
    title: "KeyValueSetFileMetadata",
    description: "Metadata of some files of an archive that is the source of a KeyValueSet.",
  });

const pruneMode = z.enum(["removed", "unlisted"]).meta({
  title: "PruneMode",
  description: "Which keys an update of a KeyValueSet deletes.",
  values: {
    removed: "Keys that the set has written and lists no longer.",
    unlisted: "Every key below keyPrefix that the set does not list, whoever wrote it.",
  },
});

const driftDetection = z.enum(["values", "keys", "none"]).meta({
  title: "DriftDetection",
  description: "What a refresh of a KeyValueSet compares.",
  values: {
    values: "Presence, values, metadata and expiration, at a request for every hundred keys.",
    keys: "Presence, metadata and expiration, at a request for every thousand keys.",
    none: "Nothing.",
  },
});

const sourceFormat = z.enum(sourceFormats).meta({
  title: "SourceFormat",
  description: "What the source of a KeyValueSet is.",
  values: {
    auto: "What it shows to be: an archive is files; a name that ends in .csv or .tsv says so; else the beginning tells.",
    json: "A JSON array of entries, as `wrangler kv bulk put` takes it.",
    ndjson: "An entry as JSON in each line.",
    map: "A JSON object: to each key its text, or its entry without the key, as `wrangler kv bulk get` prints them.",
    csv: "A table with a first row of names: key, value or valueBase64, expiration, expirationTtl, metadata, metadata.<member>.",
    tsv: "The same with tabs.",
    files: "Of an archive each file is a key.",
    entries: "Of an archive each file holds entries, in any of the formats of texts.",
  },
});

const keyValueSetArgs = z.object({
  accountId: accountIdSchema,
  namespaceId: namespaceIdSchema("keys"),
  keyPrefix: z
    .string()
    .superRefine(rule(keyPrefixProblem))
    .optional()
    .meta({
      description:
        "What every key of this set begins with; the entries give the rest. Default none. The resource's id contains it, and ids " +
        "are never secret. A change replaces the resource.",
      replaces: true,
      declares: true,
      default: "",
    }),
  values: z
    .unknown()
    .optional()
    .meta({
      description:
        "Keys and their values as text; with jsonValues, also as any other JSON. Together with entries and source, each key " +
        "may be given once.",
      shape: z.record(z.string(), z.unknown().meta({ pulumiType: "Any" })),
      declares: true,
      members: true,
      default: {},
    }),
  entries: z
    .unknown()
    .optional()
    .meta({
      description: "Keys with their values, metadata and expiration.",
      shape: z.array(entryShape),
      declares: true,
      members: true,
      default: [],
    }),
  source: z
    .unknown()
    .superRefine(rule(sourceProblem))
    .optional()
    .meta({
      description:
        "Many keys in a file, as an asset: a JSON array in the format of `wrangler kv bulk put`, NDJSON, a JSON map, CSV or " +
        "TSV, also packed with gzip or zstd, and in UTF-16 with a byte order mark; or a directory or assets as an archive, " +
        "where each file is a key, its path the key and its bytes the value, or where each holds entries (see format). " +
        "Of files the state holds hashes, not values; a text asset stands in the state, as values do: mark it as a secret if it " +
        "holds one. A path is relative to the project.",
      pulumiType: "AssetOrArchive",
    }),
  format: sourceFormat.optional().meta({
    description: "What the source is; by default auto, what it shows to be.",
    declares: true,
    default: "auto",
  }),
  include: z.array(z.string()).superRefine(rule(globsProblem)).optional().meta({
    description: "Which files of an archive are taken: globs of their paths below its root. By default all.",
    declares: true,
  }),
  exclude: z
    .array(z.string())
    .superRefine(rule(globsProblem))
    .optional()
    .meta({
      description:
        `Which files of an archive are left out: globs of their paths below its root. By default ${defaultExclude.join(", ")}; ` +
        "an empty list takes them all. A preview says what is left out.",
      declares: true,
      default: defaultExclude,
    }),
  stripExtension: z.boolean().optional().meta({
    description: "True where the key of a file in an archive is its path without the extension. Default false.",
    declares: true,
    default: false,
  }),
  fileMetadata: z
    .unknown()
    .superRefine(rule(fileMetadataProblem))
    .optional()
    .meta({
      description:
        "Metadata of the files of an archive. Where several match a file, they are put together, of objects member by " +
        "member: the set's metadata first, then contentType, then these in their order.",
      shape: z.array(fileMetadataShape),
      declares: true,
      members: true,
      default: [],
    }),
  contentType: z
    .boolean()
    .optional()
    .meta({
      description:
        "True where each file of an archive gets its media type into its metadata, as contentType, by the extension of its " +
        "name: text/html for index.html. Default false.",
      declares: true,
      default: false,
    }),
  keysIncludePrefix: z
    .boolean()
    .optional()
    .meta({
      description:
        "True where the given keys begin with keyPrefix already, as in a file that wrangler takes too; one that does not is " +
        "refused. Default false: keyPrefix is put before each.",
      declares: true,
      default: false,
    }),
  jsonValues: z
    .boolean()
    .optional()
    .meta({
      description:
        "True where a value that is no text is JSON, to be stored as compact text: in values, entries and source. In a file " +
        "numbers stay as they are written, and members in their order. Default false: then such a value is refused.",
      declares: true,
      default: false,
    }),
  metadata: metadata.optional().meta({
    description: `Any JSON that is stored beside each value that has none of its own, up to ${limits.maxMetadataBytes} bytes when serialized.`,
    pulumiType: "Any",
    declares: true,
    members: true,
  }),
  expiration: z
    .number()
    .superRefine(rule(expirationProblem))
    .optional()
    .meta({
      description:
        "When those keys expire that have no expiration of their own, in unix seconds. Once it has passed they are gone " +
        "as declared: that is no drift, and they are not written. A change writes them again.",
      declares: true,
    }),
  expirationTtl: z
    .number()
    .superRefine(rule(expirationTtlProblem))
    .optional()
    .meta({
      description:
        "Seconds from the write after which those keys expire that have no expiration of their own, " +
        `at least ${limits.minExpirationTtlSeconds}. A change writes them again. A key that has expired is written anew ` +
        "by the first `pulumi up` after a refresh.",
      declares: true,
    }),
  adopt: z
    .boolean()
    .optional()
    .meta({
      description:
        "True where keys may be in the store already: those that the set does not know yet are read before they are written, " +
        "in a preview too, at a request for every hundred keys, and what is as declared is taken over without a write. The plan " +
        "says what is replaced. Default false: then they are written without a look.",
      default: false,
    }),
  prune: pruneMode.optional().meta({
    description:
      "Which keys an update deletes: removed, the default, those that this set has written and lists no longer; " +
      "unlisted, every other key below keyPrefix too, which must then be given. What would be deleted is counted and " +
      "named in the preview, which for unlisted costs a request for every thousand keys there. Let such a set depend " +
      "on the other resources that declare keys below its prefix, so that it knows of them (dependsOn).",
    default: "removed",
  }),
  maxDeletes: z
    .number()
    .superRefine(wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .optional()
    .meta({
      description:
        "How many keys one update may delete; above it the preview fails. By default 100 or a tenth of the set, " +
        "whichever is more; none where the source has no entry at all. A destroy is not limited.",
    }),
  driftDetection: driftDetection.optional().meta({
    description:
      "What a refresh compares: values, at a request for every hundred keys; keys, that is presence, metadata and " +
      `expiration, at a request for every thousand; or none. Default values up to ${valuesByDefault} entries, above that keys.`,
  }),
});

/** The inputs that hold entries. */
export const contents = ["values", "entries", "source"];

const keyValueSetOutputs = z.object({
  count: z.number().meta({ description: "How many entries are declared.", derivedFrom: contents }),
  bytes: z.number().meta({ description: "The bytes of all declared values together.", derivedFrom: contents }),
  sha256: z.string().optional().meta({
    description:
      "A digest of what is declared and stored, in hexadecimal digits; absent while something is left to do.",
    secret: true,
  }),
  sourceHash: z
    .string()
    .optional()
    .meta({
      description: "The hash by which Pulumi knows the source's contents.",
      derivedFrom: ["source"],
    }),
  manifest: z.string().meta({
    description: "What this set knows to be in the store: keys, hashes and expirations, compressed; never a value.",
    secret: true,
  }),
  writtenAt: z.number().optional().meta({
    description: "When this resource last wrote or deleted a key, in unix seconds.",
  }),
});

/**
 * Among the outputs; the engine shows no name that begins so. A manifest of keys that the set has written, lists no
 * longer, and has not deleted because a later resource was about to declare them.
 */
export const undeletedName = "__undeleted";

export const keyValueSetSchema: ResourceSchema = {
  name: "KeyValueSet",
  description:
    "Many keys of a Workers KV namespace, up to some hundred thousand, in one resource. They are written in bulk, some ten " +
    "thousand in a request; afterwards only what changed is sent, and what was removed is deleted. " +
    "What was written is in the state also where the rest failed: the next update sends only that.",
  args: keyValueSetArgs,
  outputs: keyValueSetOutputs,
  alternatives: [{ names: ["expiration", "expirationTtl"], required: false }],
  internal: { [undeletedName]: { secret: true } },
  hidesKeys: (secrets) =>
    ["keyPrefix", "values", "entries.*.key"].some((path) => secrets.covers(path)) || secrets.touches("source"),
};

export type SetArgs = z.output<typeof keyValueSetArgs> & { readonly accountId: string };
export type SetState = SetArgs & Partial<z.output<typeof keyValueSetOutputs>>;

export function inputsOf(state: Properties): Properties {
  return inputsIn(keyValueSetSchema, state);
}

export function outputsOf(state: Properties): Properties {
  return outputsIn(keyValueSetSchema, state);
}

/** What the set of this state knows to be in the store. */
export function manifestOf({ manifest }: Properties): Manifest {
  return typeof manifest === "string" ? Manifest.decode(manifest) : Manifest.empty();
}

/** The keys that a later resource was to take over. */
export function undeletedOf({ [undeletedName]: text }: Properties): Manifest {
  return typeof text === "string" ? Manifest.decode(text) : Manifest.empty();
}

/** All keys that the set of this state has written and not deleted. */
export function knownKeysOf(props: Properties): Manifest {
  const known = manifestOf(props);
  for (const [key, entry] of undeletedOf(props)) if (!known.has(key)) known.set(key, entry);
  return known;
}
