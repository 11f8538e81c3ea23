import type { Core, ResourceType } from "./core";
import { type Clock, systemClock } from "./kv/clock";
import type { ResourceProvider } from "./pulumi/resource-provider";
import { derivedOutputsOf, type ResourceSchema, secretOutputsOf } from "./pulumi/schema";
import {
  withContext,
  withHiddenKeys,
  withOutcome,
  withSavedCredential,
  withSharedClaims,
  withStateVersion,
  withUnfinished,
  withValidation,
  wrap,
} from "./resources/wrappers";
import { checkConfig } from "./session/config";
import type { CallContext } from "./session/context";
import { ProviderSession } from "./session/session";

/** Pulumi's dynamic process, which other resources of a program may be in, takes five times as long to start, and more. */
const startRatio = 10;
/** From the start of this process, in milliseconds. */
const ownStartMs = 1000 * process.uptime();

/**
 * The provider itself: what both ways in serve.
 *
 * @param slowestStartMs How long any other provider of the run may take to start, in milliseconds.
 */
export function createCore(clock: Clock = systemClock, slowestStartMs = startRatio * ownStartMs): Core {
  const session = new ProviderSession(clock, slowestStartMs);
  const types = [
    resourceType(session, "Namespace", () => {
      const { NamespaceProvider } =
        require("./resources/namespace/provider") as typeof import("./resources/namespace/provider");
      const { namespaceSchema } =
        require("./resources/namespace/schema") as typeof import("./resources/namespace/schema");
      return { schema: namespaceSchema, provider: new NamespaceProvider() };
    }),
    resourceType(session, "KeyValue", () => {
      const { KeyValueProvider } =
        require("./resources/key-value/provider") as typeof import("./resources/key-value/provider");
      const { keyValueSchema } =
        require("./resources/key-value/schema") as typeof import("./resources/key-value/schema");
      return { schema: keyValueSchema, provider: new KeyValueProvider() };
    }),
    resourceType(session, "KeyValueSet", () => {
      const { KeyValueSetProvider } =
        require("./resources/key-value-set/provider") as typeof import("./resources/key-value-set/provider");
      const { keyValueSetSchema } =
        require("./resources/key-value-set/schema") as typeof import("./resources/key-value-set/schema");
      return { schema: keyValueSetSchema, provider: new KeyValueSetProvider() };
    }),
  ];
  const loaded = lazily(() => loadFunctions(session));
  return {
    resources: byToken(types),
    get functions() {
      return loaded().functions;
    },
    get listings() {
      return loaded().listings;
    },
    checkConfig,
    configure: (sources) => session.configure(sources),
    attach: (engineAddress) => session.attach(engineAddress),
    cancel: () => session.end(),
  };
}

/** With the first call of one: most programs call none. */
function loadFunctions(session: ProviderSession): Pick<Core, "functions" | "listings"> {
  const { functionTypes, listingTypes } = require("./functions/functions") as typeof import("./functions/functions");
  return { functions: byToken(functionTypes(session)), listings: byToken(listingTypes(session)) };
}

function lazily<T>(load: () => T): () => T {
  let loaded: T | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

function byToken<T extends { readonly token: string }>(types: readonly T[]): ReadonlyMap<string, T> {
  return new Map(types.map((type) => [type.token, type]));
}

interface Loaded {
  readonly schema: ResourceSchema;
  readonly provider: ResourceProvider<CallContext>;
}

/** From the innermost concern to the outermost. */
function wrapped(
  session: ProviderSession,
  schema: ResourceSchema,
  provider: ResourceProvider<CallContext>,
): ResourceProvider {
  const arounds = [
    withSavedCredential,
    withValidation(schema),
    withOutcome,
    withUnfinished,
    withStateVersion,
    withSharedClaims,
  ];
  const inContext = wrap(arounds.reduce(wrap<CallContext, CallContext>, provider), withContext(session));
  return wrap(inContext, withHiddenKeys(schema));
}

/** Loaded with the first call that is about one: most programs do not use all, and each costs some of the start. */
function resourceType(session: ProviderSession, name: string, load: () => Loaded): ResourceType {
  const loaded = lazily(() => {
    const { schema, provider } = load();
    return {
      provider: wrapped(session, schema, provider),
      secretOutputs: secretOutputsOf(schema),
      derivedOutputs: derivedOutputsOf(schema),
    };
  });
  return {
    token: `cloudflare-kv:index:${name}`,
    get provider() {
      return loaded().provider;
    },
    get secretOutputs() {
      return loaded().secretOutputs;
    },
    get derivedOutputs() {
      return loaded().derivedOutputs;
    },
  };
}
