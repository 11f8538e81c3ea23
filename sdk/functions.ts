// Generated from the functions' definitions by `npm run generate`: change those.
import * as pulumi from "@pulumi/pulumi";
import { type FunctionOptions, type FunctionOutputOptions, invoke, invokeOutput } from "./invoke";
import { secretWhere } from "./secret-answer";

/** A namespace of the account. */
export interface NamespaceDetails {
  /** <accountId>/<namespaceId>, by which a Namespace resource is imported. */
  readonly id: string;
  /** The account that holds the namespace. */
  readonly accountId: string;
  /** The namespace's id, 32 hexadecimal digits. */
  readonly namespaceId: string;
  /** The title, unique in the account. */
  readonly title: string;
  /** Where the data is kept; absent where it is everywhere. */
  readonly jurisdiction?: string;
  /** How the namespace is kept, such as instant; absent as nearly always. */
  readonly mode?: string;
  /** True where keys in a URL are decoded before they are stored, as in all but very old namespaces. */
  readonly supportsUrlEncoding: boolean;
}

/** A key of a namespace, in the form of an entry of a KeyValueSet. */
export interface ReadKeyValue {
  /** The key's name. */
  readonly key: string;
  /** The value as text; absent where its bytes are not UTF-8: then there is valueBase64. */
  readonly value?: string;
  /** The value's bytes in base64, where they are not UTF-8; absent where there is value. */
  readonly valueBase64?: string;
  /** The JSON that is stored beside the value; absent where there is none. */
  readonly metadata?: unknown;
  /** When the key expires, in unix seconds; absent when it does not. */
  readonly expiration?: number;
}

/** A key of a namespace, without its value. */
export interface ListedKey {
  /** The key's name. */
  readonly name: string;
  /** The JSON that is stored beside the value; absent where there is none. It is a secret, as the value would be. */
  readonly metadata?: unknown;
  /** When the key expires, in unix seconds; absent when it does not. */
  readonly expiration?: number;
}

/** The arguments of getNamespace. */
export type GetNamespaceArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). */
  readonly accountId?: string | undefined;
} & (
  | {
      /** The exact title of the namespace. Exactly one of title and namespaceId is given. */
      readonly title: string;
      namespaceId?: undefined;
    }
  | {
      title?: undefined;
      /** The namespace: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. */
      readonly namespaceId: string;
    }
);

/** The arguments of getNamespaceOutput. */
export type GetNamespaceOutputArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). */
  accountId?: pulumi.Input<string> | undefined;
} & (
  | {
      /** The exact title of the namespace. Exactly one of title and namespaceId is given. */
      title: pulumi.Input<string>;
      namespaceId?: undefined;
    }
  | {
      title?: undefined;
      /** The namespace: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. */
      namespaceId: pulumi.Input<string>;
    }
);

/** What getNamespace answers. */
export interface GetNamespaceResult {
  /** <accountId>/<namespaceId>, by which a Namespace resource is imported. */
  readonly id: string;
  /** The account that holds the namespace. */
  readonly accountId: string;
  /** The namespace's id, 32 hexadecimal digits. */
  readonly namespaceId: string;
  /** The title, unique in the account. */
  readonly title: string;
  /** Where the data is kept; absent where it is everywhere. */
  readonly jurisdiction?: string;
  /** How the namespace is kept, such as instant; absent as nearly always. */
  readonly mode?: string;
  /** True where keys in a URL are decoded before they are stored, as in all but very old namespaces. */
  readonly supportsUrlEncoding: boolean;
}

/** Looks up a Workers KV namespace by its title or its id. Fails where there is none. */
export function getNamespace(args: GetNamespaceArgs, opts?: FunctionOptions): Promise<GetNamespaceResult> {
  return invoke("getNamespace", args, opts);
}

/** Looks up a Workers KV namespace by its title or its id. Fails where there is none. It is called once all arguments are known. */
export function getNamespaceOutput(
  args: GetNamespaceOutputArgs,
  opts?: FunctionOutputOptions,
): pulumi.Output<GetNamespaceResult> {
  return invokeOutput<GetNamespaceResult>("getNamespace", args, opts);
}

/** The arguments of getNamespaces. */
export type GetNamespacesArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). */
  readonly accountId?: string | undefined;
};

/** The arguments of getNamespacesOutput. */
export type GetNamespacesOutputArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). */
  accountId?: pulumi.Input<string> | undefined;
};

/** What getNamespaces answers. */
export interface GetNamespacesResult {
  /** The namespaces, in the order of their titles. */
  readonly namespaces: readonly NamespaceDetails[];
}

/** Lists all Workers KV namespaces of an account, a thousand a request. */
export function getNamespaces(args: GetNamespacesArgs = {}, opts?: FunctionOptions): Promise<GetNamespacesResult> {
  return invoke("getNamespaces", args, opts);
}

/** Lists all Workers KV namespaces of an account, a thousand a request. It is called once all arguments are known. */
export function getNamespacesOutput(
  args: GetNamespacesOutputArgs = {},
  opts?: FunctionOutputOptions,
): pulumi.Output<GetNamespacesResult> {
  return invokeOutput<GetNamespacesResult>("getNamespaces", args, opts);
}

/** The arguments of getKeyValue. */
export type GetKeyValueArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). */
  readonly accountId?: string | undefined;
  /** The namespace: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. */
  readonly namespaceId: string;
  /** The key's name, 1 to 512 bytes of UTF-8, as it is. */
  readonly key: string;
};

/** The arguments of getKeyValueOutput. */
export type GetKeyValueOutputArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). */
  accountId?: pulumi.Input<string> | undefined;
  /** The namespace: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. */
  namespaceId: pulumi.Input<string>;
  /** The key's name, 1 to 512 bytes of UTF-8, as it is. */
  key: pulumi.Input<string>;
};

/** What getKeyValue answers. */
export interface GetKeyValueResult {
  /** The value as text; absent where its bytes are not UTF-8: then there is valueBase64. */
  readonly value?: string;
  /** The value's bytes in base64, where they are not UTF-8; absent where there is value. */
  readonly valueBase64?: string;
  /** The JSON that is stored beside the value; absent where there is none. */
  readonly metadata?: unknown;
  /** When the key expires, in unix seconds; absent when it does not. */
  readonly expiration?: number;
}

/** Reads one key of a Workers KV namespace: its value, metadata and expiration. Fails where there is no such key. A write elsewhere shows after up to a minute. The answer is in clear: getKeyValueOutput keeps it a secret. */
export function getKeyValue(args: GetKeyValueArgs, opts?: FunctionOptions): Promise<GetKeyValueResult> {
  return invoke("getKeyValue", args, opts);
}

/** Reads one key of a Workers KV namespace: its value, metadata and expiration. Fails where there is no such key. A write elsewhere shows after up to a minute. It is called once all arguments are known. The answer is a secret. */
export function getKeyValueOutput(
  args: GetKeyValueOutputArgs,
  opts?: FunctionOutputOptions,
): pulumi.Output<GetKeyValueResult> {
  return pulumi.secret(invokeOutput<GetKeyValueResult>("getKeyValue", args, opts));
}

/** The arguments of getKeyValues. */
export type GetKeyValuesArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). */
  readonly accountId?: string | undefined;
  /** The namespace: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. */
  readonly namespaceId: string;
  /** How many keys there may be in the answer, the first of them. Default all, at a request for every 100 and one more for every 1000. */
  readonly limit?: number | undefined;
} & (
  | {
      /** What the names of the keys begin with. Default none: all keys. */
      readonly prefix?: string | undefined;
      keys?: undefined;
    }
  | {
      prefix?: undefined;
      /** The names of the keys, in place of a prefix. One that is not there is left out of the answer. */
      readonly keys?: readonly string[] | undefined;
    }
);

/** The arguments of getKeyValuesOutput. */
export type GetKeyValuesOutputArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). */
  accountId?: pulumi.Input<string> | undefined;
  /** The namespace: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. */
  namespaceId: pulumi.Input<string>;
  /** How many keys there may be in the answer, the first of them. Default all, at a request for every 100 and one more for every 1000. */
  limit?: pulumi.Input<number> | undefined;
} & (
  | {
      /** What the names of the keys begin with. Default none: all keys. */
      prefix?: pulumi.Input<string> | undefined;
      keys?: undefined;
    }
  | {
      prefix?: undefined;
      /** The names of the keys, in place of a prefix. One that is not there is left out of the answer. */
      keys?: pulumi.Input<readonly pulumi.Input<string>[]> | undefined;
    }
);

/** What getKeyValues answers. */
export interface GetKeyValuesResult {
  /** The keys with what they hold, in the order of their names' bytes. */
  readonly entries: readonly ReadKeyValue[];
}

/** Reads many keys of a Workers KV namespace with their values, metadata and expirations, a hundred in a request: those below a prefix, or those that are named. The answer can be the entries of a KeyValueSet. A write elsewhere shows after up to a minute. The answer is in clear: getKeyValuesOutput keeps it a secret. */
export function getKeyValues(args: GetKeyValuesArgs, opts?: FunctionOptions): Promise<GetKeyValuesResult> {
  return invoke("getKeyValues", args, opts);
}

/** Reads many keys of a Workers KV namespace with their values, metadata and expirations, a hundred in a request: those below a prefix, or those that are named. The answer can be the entries of a KeyValueSet. A write elsewhere shows after up to a minute. It is called once all arguments are known. The answer is a secret where one of its entries has value or valueBase64 or metadata. */
export function getKeyValuesOutput(
  args: GetKeyValuesOutputArgs,
  opts?: FunctionOutputOptions,
): pulumi.Output<GetKeyValuesResult> {
  return secretWhere(invokeOutput<GetKeyValuesResult>("getKeyValues", args, opts), ({ entries }) =>
    entries.some(
      ({ value, valueBase64, metadata }) => value !== undefined || valueBase64 !== undefined || metadata !== undefined,
    ),
  );
}

/** The arguments of getKeys. */
export type GetKeysArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). */
  readonly accountId?: string | undefined;
  /** The namespace: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. */
  readonly namespaceId: string;
  /** What the names of the keys begin with. Default none: all keys. */
  readonly prefix?: string | undefined;
  /** How many keys there may be in the answer, the first of them. Default all, at a request for every 1000. */
  readonly limit?: number | undefined;
};

/** The arguments of getKeysOutput. */
export type GetKeysOutputArgs = {
  /** The account that holds the namespace: 32 hexadecimal digits. By default that of the provider's configuration, then that of the environment (CLOUDFLARE_ACCOUNT_ID). */
  accountId?: pulumi.Input<string> | undefined;
  /** The namespace: its namespaceId, 32 hexadecimal digits, or the id of a Namespace resource. */
  namespaceId: pulumi.Input<string>;
  /** What the names of the keys begin with. Default none: all keys. */
  prefix?: pulumi.Input<string> | undefined;
  /** How many keys there may be in the answer, the first of them. Default all, at a request for every 1000. */
  limit?: pulumi.Input<number> | undefined;
};

/** What getKeys answers. */
export interface GetKeysResult {
  /** The keys, in the order of their names' bytes. */
  readonly keys: readonly ListedKey[];
}

/** Lists the keys of a Workers KV namespace with their metadata and expiration, without their values. A write elsewhere shows after up to a minute. The answer is in clear: getKeysOutput keeps it a secret. */
export function getKeys(args: GetKeysArgs, opts?: FunctionOptions): Promise<GetKeysResult> {
  return invoke("getKeys", args, opts);
}

/** Lists the keys of a Workers KV namespace with their metadata and expiration, without their values. A write elsewhere shows after up to a minute. It is called once all arguments are known. The answer is a secret where one of its keys has metadata. */
export function getKeysOutput(args: GetKeysOutputArgs, opts?: FunctionOutputOptions): pulumi.Output<GetKeysResult> {
  return secretWhere(invokeOutput<GetKeysResult>("getKeys", args, opts), ({ keys }) =>
    keys.some(({ metadata }) => metadata !== undefined),
  );
}
