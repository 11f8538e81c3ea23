import { checkConfig } from "./config";
import type { Core, ResourceType } from "./core";
import { type Clock, systemClock } from "./kv/clock";
import { guarded } from "./resources/guarded";
import { KeyValueLife, keyValueSchema } from "./resources/key-value";
import { NamespaceLife, namespaceSchema } from "./resources/namespace";
import type { Life, ResourceSchema } from "./resources/resource";
import { KeyValueSetLife } from "./resources/set/life";
import { keyValueSetSchema } from "./resources/set/schema";
import { withStateVersion } from "./resources/state-version";
import { secretNames } from "./resources/validate";
import { Session } from "./session";

/** The provider itself: what both doors serve. */
export function createCore(clock: Clock = systemClock): Core {
  const session = new Session(clock);
  const types = [
    resourceType(namespaceSchema, new NamespaceLife(session)),
    resourceType(keyValueSchema, new KeyValueLife(session), {
      expiresAt: ["expiration", "expirationTtl"],
    }),
    resourceType(keyValueSetSchema, new KeyValueSetLife(session), {
      count: ["values", "entries", "source"],
      bytes: ["values", "entries", "source"],
      sourceHash: ["source"],
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
function loadFunctions(session: Session): Pick<Core, "functions" | "listings"> {
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

function resourceType(
  schema: ResourceSchema,
  life: Life,
  derivedOutputs: ResourceType["derivedOutputs"] = {},
): ResourceType {
  return {
    token: `cloudflare-kv:index:${schema.name}`,
    life: withStateVersion(guarded(schema, life)),
    secretOutputs: secretNames(schema.outputs),
    derivedOutputs,
  };
}
