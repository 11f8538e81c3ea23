// Generated from the resources' definitions by `npm run generate`: change those.
import type * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "./dynamic";

/** One key of a KeyValueSet. */
export interface KeyValueSetEntryArgs {
  /** The key's name, without the set's keyPrefix. */
  key: pulumi.Input<string>;
  /** The value as text; with the set's jsonValues, also any other JSON. Exactly one of value, valueBase64 and valueJson is given. */
  value?: pulumi.Input<unknown> | undefined;
  /** The value as bytes in base64. */
  valueBase64?: pulumi.Input<string> | undefined;
  /** The value as JSON: any but null, stored as compact text, its members sorted by name. */
  valueJson?: pulumi.Input<unknown> | undefined;
  /** Any JSON that is stored beside the value; by default that of the set. */
  metadata?: pulumi.Input<unknown> | undefined;
  /** When the key expires, in unix seconds; by default that of the set. */
  expiration?: pulumi.Input<number> | undefined;
  /** Seconds from the write after which the key expires; by default that of the set. */
  expirationTtl?: pulumi.Input<number> | undefined;
}

/** One key of a KeyValueSet. */
export interface KeyValueSetEntry {
  /** The key's name, without the set's keyPrefix. */
  readonly key: string;
  /** The value as text; with the set's jsonValues, also any other JSON. Exactly one of value, valueBase64 and valueJson is given. */
  readonly value?: unknown;
  /** The value as bytes in base64. */
  readonly valueBase64?: string;
  /** The value as JSON: any but null, stored as compact text, its members sorted by name. */
  readonly valueJson?: unknown;
  /** Any JSON that is stored beside the value; by default that of the set. */
  readonly metadata?: unknown;
  /** When the key expires, in unix seconds; by default that of the set. */
  readonly expiration?: number;
  /** Seconds from the write after which the key expires; by default that of the set. */
  readonly expirationTtl?: number;
}

/** Metadata of some files of an archive that is the source of a KeyValueSet. */
export interface KeyValueSetFileMetadataArgs {
  /** A glob of the paths of files below the archive's root. */
  files: pulumi.Input<string>;
  /** Any JSON, up to 1024 bytes when serialized. */
  metadata: pulumi.Input<unknown>;
}

/** Metadata of some files of an archive that is the source of a KeyValueSet. */
export interface KeyValueSetFileMetadata {
  /** A glob of the paths of files below the archive's root. */
  readonly files: string;
  /** Any JSON, up to 1024 bytes when serialized. */
  readonly metadata: unknown;
}

/** The arguments of a Namespace. */
export type NamespaceArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). A change replaces the resource. */
  accountId?: pulumi.Input<string> | undefined;
  /** The title, 1 to 512 characters, unique in the account. A change renames the namespace in place. Without a title one is made from the resource's name and kept. */
  title?: pulumi.Input<string> | undefined;
  /** Takes over the namespace that has exactly this title, where there is one, instead of failing. Default false. A destroy then deletes it like any other. */
  adopt?: pulumi.Input<boolean> | undefined;
  /** Permits deleting the namespace although it holds keys that this stack does not manage; they are deleted with it. Default false. For one run, set CLOUDFLARE_KV_FORCE_DESTROY=true. */
  forceDestroy?: pulumi.Input<boolean> | undefined;
} & (
  | {
      /** instant, where Cloudflare has given the account this private beta; without it, as always. Then keys have at most 300 bytes, none has metadata, and all of them together are at most 10000 pairs of 1000000 bytes. Not beside jurisdiction. A change replaces the namespace, and its keys are lost. */
      mode?: pulumi.Input<"instant"> | undefined;
      jurisdiction?: undefined;
    }
  | {
      mode?: undefined;
      /** Where the data is kept: eu, fedramp or us; without it, everywhere. A change replaces the namespace, and its keys are lost. */
      jurisdiction?: pulumi.Input<"eu" | "fedramp" | "us"> | undefined;
    }
);

/** A Workers KV namespace. A new title renames it in place, and deleting it is refused while it holds keys that this stack does not manage, unless forceDestroy is set. */
export class Namespace extends DynamicResource {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). A change replaces the resource. */
  declare readonly accountId: pulumi.Output<string>;
  /** The title, also where it was made from the resource's name. */
  declare readonly title: pulumi.Output<string>;
  /** Where the data is kept: eu, fedramp or us; without it, everywhere. A change replaces the namespace, and its keys are lost. */
  declare readonly jurisdiction: pulumi.Output<"eu" | "fedramp" | "us" | undefined>;
  /** instant, where Cloudflare has given the account this private beta; without it, as always. Then keys have at most 300 bytes, none has metadata, and all of them together are at most 10000 pairs of 1000000 bytes. Not beside jurisdiction. A change replaces the namespace, and its keys are lost. */
  declare readonly mode: pulumi.Output<"instant" | undefined>;
  /** Takes over the namespace that has exactly this title, where there is one, instead of failing. Default false. A destroy then deletes it like any other. */
  declare readonly adopt: pulumi.Output<boolean | undefined>;
  /** Permits deleting the namespace although it holds keys that this stack does not manage; they are deleted with it. Default false. For one run, set CLOUDFLARE_KV_FORCE_DESTROY=true. */
  declare readonly forceDestroy: pulumi.Output<boolean | undefined>;
  /** The namespace's id, 32 hexadecimal digits, as Workers' bindings and the other resources want it. */
  declare readonly namespaceId: pulumi.Output<string>;
  /** True where keys in a URL are decoded before they are stored, as in all but very old namespaces. */
  declare readonly supportsUrlEncoding: pulumi.Output<boolean>;
  /** When this resource last created or renamed the namespace, in unix seconds; absent when it was adopted. */
  declare readonly writtenAt: pulumi.Output<number | undefined>;

  constructor(name: string, args: NamespaceArgs = {}, opts?: pulumi.CustomResourceOptions) {
    super(
      "Namespace",
      [
        "accountId",
        "title",
        "jurisdiction",
        "mode",
        "adopt",
        "forceDestroy",
        "namespaceId",
        "supportsUrlEncoding",
        "writtenAt",
      ],
      name,
      args,
      opts,
    );
  }

  /** Reads one that this stack does not manage, by its id. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): Namespace {
    return new Namespace(name, {}, { ...opts, id });
  }
}

/** The arguments of a KeyValue. */
export type KeyValueArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). A change replaces the resource. */
  accountId?: pulumi.Input<string> | undefined;
  /** The namespace that holds the key: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. A change replaces the resource. */
  namespaceId: pulumi.Input<string>;
  /** The key's name, 1 to 512 bytes of UTF-8, kept as it is; not "." or "..". The resource's id contains it, and ids are never secret. A change replaces the resource. */
  key: pulumi.Input<string>;
  /** Any JSON that is stored beside the value, up to 1024 bytes when serialized. Null is the same as none. What would not come back as it is given is refused: NaN, infinities, integers beyond 2^53. */
  metadata?: pulumi.Input<unknown> | undefined;
  /** True where the key may be in the store already: a new resource reads it, in a preview too, and writes it only where it differs. The preview says which. Default false: then it is written without a look. */
  adopt?: pulumi.Input<boolean> | undefined;
} & (
  | {
      /** The value as text, up to 26214400 bytes of UTF-8. Exactly one of value, valueBase64, valueJson and source is given. Mark it as a secret if it is one: inputs are in the state. */
      value: pulumi.Input<string>;
      valueBase64?: undefined;
      valueJson?: undefined;
      source?: undefined;
    }
  | {
      value?: undefined;
      /** The value as bytes in base64, up to 26214400 bytes when decoded. */
      valueBase64: pulumi.Input<string>;
      valueJson?: undefined;
      source?: undefined;
    }
  | {
      value?: undefined;
      valueBase64?: undefined;
      /** The value as JSON: any but null, stored as compact text of up to 26214400 bytes, its members sorted by name. A plan names the members that change. Another order of members, or other white space in the store, is no drift. What would not come back as it is given is refused: NaN, infinities, integers beyond 2^53. */
      valueJson: pulumi.Input<unknown>;
      source?: undefined;
    }
  | {
      value?: undefined;
      valueBase64?: undefined;
      valueJson?: undefined;
      /** The value as a file or a text asset, up to 26214400 bytes. Of a file the state holds the hash and the path, not the bytes; a text asset stands in the state, as value does: mark it as a secret if it is one. A path is relative to the project, and given as a FileAsset: as plain text it is refused. */
      source: pulumi.Input<pulumi.asset.Asset & object>;
    }
) &
  (
    | {
        /** When the key expires, in unix seconds, at least 60 seconds ahead. At most one of expiration and expirationTtl is given. Once it has passed, the key is gone as declared: that is no drift, and nothing is written. A change replaces the resource, in one write. */
        expiration?: pulumi.Input<number> | undefined;
        expirationTtl?: undefined;
      }
    | {
        expiration?: undefined;
        /** Seconds from the write after which the key expires, at least 60. Every write starts them anew. A change replaces the resource, in one write. */
        expirationTtl?: pulumi.Input<number> | undefined;
      }
  );

/** One key of a Workers KV namespace, with its value, metadata and expiration. A change of the expiration is a replacement in one write: readers never miss the key. A delete never removes a key that the program still declares under another name. */
export class KeyValue extends DynamicResource {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). A change replaces the resource. */
  declare readonly accountId: pulumi.Output<string>;
  /** The namespace that holds the key: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. A change replaces the resource. */
  declare readonly namespaceId: pulumi.Output<string>;
  /** The key's name, 1 to 512 bytes of UTF-8, kept as it is; not "." or "..". The resource's id contains it, and ids are never secret. A change replaces the resource. */
  declare readonly key: pulumi.Output<string>;
  /** The value as text, up to 26214400 bytes of UTF-8. Exactly one of value, valueBase64, valueJson and source is given. Mark it as a secret if it is one: inputs are in the state. */
  declare readonly value: pulumi.Output<string | undefined>;
  /** The value as bytes in base64, up to 26214400 bytes when decoded. */
  declare readonly valueBase64: pulumi.Output<string | undefined>;
  /** The value as JSON: any but null, stored as compact text of up to 26214400 bytes, its members sorted by name. A plan names the members that change. Another order of members, or other white space in the store, is no drift. What would not come back as it is given is refused: NaN, infinities, integers beyond 2^53. */
  declare readonly valueJson: pulumi.Output<unknown | undefined>;
  /** The value as a file or a text asset, up to 26214400 bytes. Of a file the state holds the hash and the path, not the bytes; a text asset stands in the state, as value does: mark it as a secret if it is one. A path is relative to the project, and given as a FileAsset: as plain text it is refused. */
  declare readonly source: pulumi.Output<pulumi.asset.Asset | undefined>;
  /** Any JSON that is stored beside the value, up to 1024 bytes when serialized. Null is the same as none. What would not come back as it is given is refused: NaN, infinities, integers beyond 2^53. */
  declare readonly metadata: pulumi.Output<unknown | undefined>;
  /** True where the key may be in the store already: a new resource reads it, in a preview too, and writes it only where it differs. The preview says which. Default false: then it is written without a look. */
  declare readonly adopt: pulumi.Output<boolean | undefined>;
  /** When the key expires, in unix seconds, at least 60 seconds ahead. At most one of expiration and expirationTtl is given. Once it has passed, the key is gone as declared: that is no drift, and nothing is written. A change replaces the resource, in one write. */
  declare readonly expiration: pulumi.Output<number | undefined>;
  /** Seconds from the write after which the key expires, at least 60. Every write starts them anew. A change replaces the resource, in one write. */
  declare readonly expirationTtl: pulumi.Output<number | undefined>;
  /** When the key expires, in unix seconds; absent when it does not. */
  declare readonly expiresAt: pulumi.Output<number | undefined>;
  /** SHA-256 of the value's bytes, in hexadecimal digits. */
  declare readonly valueSha256: pulumi.Output<string>;
  /** When this resource last wrote the key, in unix seconds; absent when it was adopted or had expired. */
  declare readonly writtenAt: pulumi.Output<number | undefined>;

  constructor(name: string, args: KeyValueArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "KeyValue",
      [
        "accountId",
        "namespaceId",
        "key",
        "value",
        "valueBase64",
        "valueJson",
        "source",
        "metadata",
        "adopt",
        "expiration",
        "expirationTtl",
        "expiresAt",
        "valueSha256",
        "writtenAt",
      ],
      name,
      args,
      opts,
    );
  }

  /** Reads one that this stack does not manage, by its id. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): KeyValue {
    return new KeyValue(name, {} as KeyValueArgs, { ...opts, id });
  }
}

/** The arguments of a KeyValueSet. */
export type KeyValueSetArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). A change replaces the resource. */
  accountId?: pulumi.Input<string> | undefined;
  /** The namespace that holds the keys: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. A change replaces the resource. */
  namespaceId: pulumi.Input<string>;
  /** What every key of this set begins with; the entries give the rest. Default none. The resource's id contains it, and ids are never secret. A change replaces the resource. */
  keyPrefix?: pulumi.Input<string> | undefined;
  /** Keys and their values as text; with jsonValues, also as any other JSON. Together with entries and source, each key may be given once. */
  values?: pulumi.Input<Record<string, pulumi.Input<unknown>>> | undefined;
  /** Keys with their values, metadata and expiration. */
  entries?: pulumi.Input<readonly pulumi.Input<KeyValueSetEntryArgs>[]> | undefined;
  /** Many keys in a file, as an asset: a JSON array in the format of `wrangler kv bulk put`, NDJSON, a JSON map, CSV or TSV, also packed with gzip or zstd, and in UTF-16 with a byte order mark; or a directory or assets as an archive, where each file is a key, its path the key and its bytes the value, or where each holds entries (see format). Of files the state holds hashes, not values; a text asset stands in the state, as values do: mark it as a secret if it holds one. A path is relative to the project. */
  source?: pulumi.Input<(pulumi.asset.Asset | pulumi.asset.Archive) & object> | undefined;
  /** What the source is; by default auto, what it shows to be. */
  format?: pulumi.Input<"auto" | "json" | "ndjson" | "map" | "csv" | "tsv" | "files" | "entries"> | undefined;
  /** Which files of an archive are taken: globs of their paths below its root. By default all. */
  include?: pulumi.Input<readonly pulumi.Input<string>[]> | undefined;
  /** Which files of an archive are left out: globs of their paths below its root. By default **\/.DS_Store, **\/._*, **\/{Thumbs,ehthumbs}.db, **\/[Dd]esktop.ini, **\/.git/**, **\/*.sw[op], **\/*~, **\/.#*, **\/#*#; an empty list takes them all. A preview says what is left out. */
  exclude?: pulumi.Input<readonly pulumi.Input<string>[]> | undefined;
  /** True where the key of a file in an archive is its path without the extension. Default false. */
  stripExtension?: pulumi.Input<boolean> | undefined;
  /** Metadata of the files of an archive. Where several match a file, they are put together, of objects member by member: the set's metadata first, then contentType, then these in their order. */
  fileMetadata?: pulumi.Input<readonly pulumi.Input<KeyValueSetFileMetadataArgs>[]> | undefined;
  /** True where each file of an archive gets its media type into its metadata, as contentType, by the extension of its name: text/html for index.html. Default false. */
  contentType?: pulumi.Input<boolean> | undefined;
  /** True where the given keys begin with keyPrefix already, as in a file that wrangler takes too; one that does not is refused. Default false: keyPrefix is put before each. */
  keysIncludePrefix?: pulumi.Input<boolean> | undefined;
  /** True where a value that is no text is JSON, to be stored as compact text: in values, entries and source. In a file numbers stay as they are written, and members in their order. Default false: then such a value is refused. */
  jsonValues?: pulumi.Input<boolean> | undefined;
  /** Any JSON that is stored beside each value that has none of its own, up to 1024 bytes when serialized. */
  metadata?: pulumi.Input<unknown> | undefined;
  /** True where keys may be in the store already: those that the set does not know yet are read before they are written, in a preview too, at a request for every hundred keys, and what is as declared is taken over without a write. The plan says what is replaced. Default false: then they are written without a look. */
  adopt?: pulumi.Input<boolean> | undefined;
  /** Which keys an update deletes: removed, the default, those that this set has written and lists no longer; unlisted, every other key below keyPrefix too, which must then be given. What would be deleted is counted and named in the preview, which for unlisted costs a request for every thousand keys there. Let such a set depend on the other resources that declare keys below its prefix, so that it knows of them (dependsOn). */
  prune?: pulumi.Input<"removed" | "unlisted"> | undefined;
  /** How many keys one update may delete; above it the preview fails. By default 100 or a tenth of the set, whichever is more; none where the source has no entry at all. A destroy is not limited. */
  maxDeletes?: pulumi.Input<number> | undefined;
  /** What a refresh compares: values, at a request for every hundred keys; keys, that is presence, metadata and expiration, at a request for every thousand; or none. Default values up to 10000 entries, above that keys. */
  driftDetection?: pulumi.Input<"values" | "keys" | "none"> | undefined;
} & (
  | {
      /** When those keys expire that have no expiration of their own, in unix seconds. Once it has passed they are gone as declared: that is no drift, and they are not written. A change writes them again. */
      expiration?: pulumi.Input<number> | undefined;
      expirationTtl?: undefined;
    }
  | {
      expiration?: undefined;
      /** Seconds from the write after which those keys expire that have no expiration of their own, at least 60. A change writes them again. A key that has expired is written anew by the first `pulumi up` after a refresh. */
      expirationTtl?: pulumi.Input<number> | undefined;
    }
);

/** Many keys of a Workers KV namespace, up to some hundred thousand, in one resource. They are written in bulk, some ten thousand in a request; afterwards only what changed is sent, and what was removed is deleted. What was written is in the state also where the rest failed: the next update sends only that. */
export class KeyValueSet extends DynamicResource {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). A change replaces the resource. */
  declare readonly accountId: pulumi.Output<string>;
  /** The namespace that holds the keys: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. A change replaces the resource. */
  declare readonly namespaceId: pulumi.Output<string>;
  /** What every key of this set begins with; the entries give the rest. Default none. The resource's id contains it, and ids are never secret. A change replaces the resource. */
  declare readonly keyPrefix: pulumi.Output<string | undefined>;
  /** Keys and their values as text; with jsonValues, also as any other JSON. Together with entries and source, each key may be given once. */
  declare readonly values: pulumi.Output<Readonly<Record<string, unknown>> | undefined>;
  /** Keys with their values, metadata and expiration. */
  declare readonly entries: pulumi.Output<readonly KeyValueSetEntry[] | undefined>;
  /** Many keys in a file, as an asset: a JSON array in the format of `wrangler kv bulk put`, NDJSON, a JSON map, CSV or TSV, also packed with gzip or zstd, and in UTF-16 with a byte order mark; or a directory or assets as an archive, where each file is a key, its path the key and its bytes the value, or where each holds entries (see format). Of files the state holds hashes, not values; a text asset stands in the state, as values do: mark it as a secret if it holds one. A path is relative to the project. */
  declare readonly source: pulumi.Output<pulumi.asset.Asset | pulumi.asset.Archive | undefined>;
  /** What the source is; by default auto, what it shows to be. */
  declare readonly format: pulumi.Output<
    "auto" | "json" | "ndjson" | "map" | "csv" | "tsv" | "files" | "entries" | undefined
  >;
  /** Which files of an archive are taken: globs of their paths below its root. By default all. */
  declare readonly include: pulumi.Output<readonly string[] | undefined>;
  /** Which files of an archive are left out: globs of their paths below its root. By default **\/.DS_Store, **\/._*, **\/{Thumbs,ehthumbs}.db, **\/[Dd]esktop.ini, **\/.git/**, **\/*.sw[op], **\/*~, **\/.#*, **\/#*#; an empty list takes them all. A preview says what is left out. */
  declare readonly exclude: pulumi.Output<readonly string[] | undefined>;
  /** True where the key of a file in an archive is its path without the extension. Default false. */
  declare readonly stripExtension: pulumi.Output<boolean | undefined>;
  /** Metadata of the files of an archive. Where several match a file, they are put together, of objects member by member: the set's metadata first, then contentType, then these in their order. */
  declare readonly fileMetadata: pulumi.Output<readonly KeyValueSetFileMetadata[] | undefined>;
  /** True where each file of an archive gets its media type into its metadata, as contentType, by the extension of its name: text/html for index.html. Default false. */
  declare readonly contentType: pulumi.Output<boolean | undefined>;
  /** True where the given keys begin with keyPrefix already, as in a file that wrangler takes too; one that does not is refused. Default false: keyPrefix is put before each. */
  declare readonly keysIncludePrefix: pulumi.Output<boolean | undefined>;
  /** True where a value that is no text is JSON, to be stored as compact text: in values, entries and source. In a file numbers stay as they are written, and members in their order. Default false: then such a value is refused. */
  declare readonly jsonValues: pulumi.Output<boolean | undefined>;
  /** Any JSON that is stored beside each value that has none of its own, up to 1024 bytes when serialized. */
  declare readonly metadata: pulumi.Output<unknown | undefined>;
  /** When those keys expire that have no expiration of their own, in unix seconds. Once it has passed they are gone as declared: that is no drift, and they are not written. A change writes them again. */
  declare readonly expiration: pulumi.Output<number | undefined>;
  /** Seconds from the write after which those keys expire that have no expiration of their own, at least 60. A change writes them again. A key that has expired is written anew by the first `pulumi up` after a refresh. */
  declare readonly expirationTtl: pulumi.Output<number | undefined>;
  /** True where keys may be in the store already: those that the set does not know yet are read before they are written, in a preview too, at a request for every hundred keys, and what is as declared is taken over without a write. The plan says what is replaced. Default false: then they are written without a look. */
  declare readonly adopt: pulumi.Output<boolean | undefined>;
  /** Which keys an update deletes: removed, the default, those that this set has written and lists no longer; unlisted, every other key below keyPrefix too, which must then be given. What would be deleted is counted and named in the preview, which for unlisted costs a request for every thousand keys there. Let such a set depend on the other resources that declare keys below its prefix, so that it knows of them (dependsOn). */
  declare readonly prune: pulumi.Output<"removed" | "unlisted" | undefined>;
  /** How many keys one update may delete; above it the preview fails. By default 100 or a tenth of the set, whichever is more; none where the source has no entry at all. A destroy is not limited. */
  declare readonly maxDeletes: pulumi.Output<number | undefined>;
  /** What a refresh compares: values, at a request for every hundred keys; keys, that is presence, metadata and expiration, at a request for every thousand; or none. Default values up to 10000 entries, above that keys. */
  declare readonly driftDetection: pulumi.Output<"values" | "keys" | "none" | undefined>;
  /** How many entries are declared. */
  declare readonly count: pulumi.Output<number>;
  /** The bytes of all declared values together. */
  declare readonly bytes: pulumi.Output<number>;
  /** A digest of what is declared and stored, in hexadecimal digits; absent while something is left to do. */
  declare readonly sha256: pulumi.Output<string | undefined>;
  /** The hash by which Pulumi knows the source's contents. */
  declare readonly sourceHash: pulumi.Output<string | undefined>;
  /** What this set knows to be in the store: keys, hashes and expirations, compressed; never a value. */
  declare readonly manifest: pulumi.Output<string>;
  /** When this resource last wrote or deleted a key, in unix seconds. */
  declare readonly writtenAt: pulumi.Output<number | undefined>;

  constructor(name: string, args: KeyValueSetArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "KeyValueSet",
      [
        "accountId",
        "namespaceId",
        "keyPrefix",
        "values",
        "entries",
        "source",
        "format",
        "include",
        "exclude",
        "stripExtension",
        "fileMetadata",
        "contentType",
        "keysIncludePrefix",
        "jsonValues",
        "metadata",
        "expiration",
        "expirationTtl",
        "adopt",
        "prune",
        "maxDeletes",
        "driftDetection",
        "count",
        "bytes",
        "sha256",
        "sourceHash",
        "manifest",
        "writtenAt",
      ],
      name,
      args,
      opts,
    );
  }

  /** Reads one that this stack does not manage, by its id. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, opts?: pulumi.CustomResourceOptions): KeyValueSet {
    return new KeyValueSet(name, {} as KeyValueSetArgs, { ...opts, id });
  }
}
