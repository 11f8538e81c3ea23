import type { FunctionType, ListingType } from "./pulumi/function-provider";
import type { Properties, ResourceProvider } from "./pulumi/resource-provider";
import type { ConfigCheckResult, ConfigSources } from "./session/config";

/** One kind of resource, as both ways in need to know it. */
export interface ResourceType {
  /** The type token, such as `cloudflare-kv:index:KeyValue`. */
  readonly token: string;
  readonly provider: ResourceProvider;
  /** Outputs that are always secret. */
  readonly secretOutputs: readonly string[];
  /** Outputs that tell something about inputs of other names: secret when one of those is. */
  readonly derivedOutputs: Readonly<Record<string, readonly string[]>>;
}

/** Everything that both ways in serve. */
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
