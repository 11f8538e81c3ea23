import type { Call, CheckFailure, CheckResult, Life, Properties } from "./resources/resource";
import type { Path } from "./resources/secret-inputs";

/** One kind of resource, as a door needs to know it. */
export interface ResourceType {
  /** The type token, such as `cloudflare-kv:index:KeyValue`. */
  readonly token: string;
  readonly life: Life;
  /** Outputs that are always secret. */
  readonly secretOutputs: readonly string[];
  /** Outputs that tell something about inputs of other names: secret when one of those is. */
  readonly derivedOutputs: Readonly<Record<string, readonly string[]>>;
}

/** One function, as a door needs to know it. */
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

/** Where the configuration comes from, in the order in which it is asked. */
export interface ConfigSources {
  /** The provider's own arguments; for a default provider, what the engine took from the stack's configuration. */
  readonly args: Properties;
  /** The stack's configuration, names with their namespace: `cloudflare-kv:apiToken`, `cloudflare:apiToken`. */
  readonly stack: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a check of a provider's arguments finds. */
export interface ConfigCheckResult extends CheckResult {
  /** Names of arguments that are secret, whether the user marked them or not. */
  readonly secrets: readonly string[];
}

/** Everything that both doors serve. */
export interface Core {
  readonly resources: ReadonlyMap<string, ResourceType>;
  readonly functions: ReadonlyMap<string, FunctionType>;
  /** By the tokens of their resources. */
  readonly listings: ReadonlyMap<string, ListingType>;
  /** Validates a provider's arguments; works with unknowns, and sends nothing. */
  checkConfig(news: Properties): ConfigCheckResult;
  /** Throws a `ConfigError` with one sentence when what is given cannot be used. */
  configure(sources: ConfigSources): void;
  /** A different address is a different run: what the last one declared no longer counts. */
  attach(engineAddress: string): void;
  /** Ends the run: what it declared no longer counts. What is in flight ends by the signal of its own call. */
  cancel(): void;
}
