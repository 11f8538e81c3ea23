import type { Call, CheckFailure, Properties } from "./resource-provider";
import type { Path } from "./secret-inputs";

/** One function, as both ways in need to know it. */
export interface FunctionType {
  /** The token, such as `cloudflare-kv:index:getKeyValue`. */
  readonly token: string;
  /** Results that are always secret. */
  readonly secretResults: readonly string[];
  /** Only reads, and so does the same in a preview. Arguments that cannot be used are answered without a request. */
  invoke(args: Properties, call: Call): Promise<InvokeResult>;
}

export interface InvokeResult {
  /** Empty where there are failures. */
  readonly result: Properties;
  readonly failures: readonly CheckFailure[];
  /** What of the result is secret beside the `secretResults`. */
  readonly secrets?: readonly Path[];
}

/** How what there is of one kind of resource is found. */
export interface ListingType {
  /** The type token of the resource. */
  readonly token: string;
  /** One page; undefined where the query is not known yet. */
  list(query: Properties, position: ListPosition, call: Call): Promise<ListPage | undefined>;
}

export interface ListPosition {
  /** The most that is wanted at all; undefined is all. */
  readonly limit: number | undefined;
  /** The most that one page may have; undefined leaves it to the provider. */
  readonly pageSize: number | undefined;
  /** Where an earlier page ended; empty for the first. */
  readonly token: string;
}

export interface ListPage {
  readonly items: readonly ListedResource[];
  /** For the next page; empty where there is none. */
  readonly token: string;
}

export interface ListedResource {
  /** By which it can be read and imported. */
  readonly id: string;
  readonly name: string;
}
