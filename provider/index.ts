import { checkConfig } from "./config";
import type { Core, ResourceType } from "./core";
import { type Clock, systemClock } from "./kv/clock";
import { guarded } from "./resources/guarded";
import { KeyValueLife, keyValueSchema } from "./resources/key-value";
import { NamespaceLife, namespaceSchema } from "./resources/namespace";
import type { Life, ResourceSchema } from "./resources/resource";
import { KeyValueSetLife } from "./resources/set/life";
import { keyValueSetSchema } from "./resources/set/schema";
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
  let functions: Core["functions"] | undefined;
  return {
    resources: new Map(types.map((type) => [type.token, type])),
    get functions() {
      functions ??= loadFunctions(session);
      return functions;
    },
    checkConfig,
    configure: (sources) => session.configure(sources),
    attach: (engineAddress) => session.attach(engineAddress),
    cancel: () => session.end(),
  };
}

/** With the first call of one: most programs call none. */
function loadFunctions(session: Session): Core["functions"] {
  const { functionTypes } = require("./functions/functions") as typeof import("./functions/functions");
  return new Map(functionTypes(session).map((type) => [type.token, type]));
}

function resourceType(
  schema: ResourceSchema,
  life: Life,
  derivedOutputs: ResourceType["derivedOutputs"] = {},
): ResourceType {
  return {
    token: `cloudflare-kv:index:${schema.name}`,
    life: guarded(schema, life),
    secretOutputs: secretNames(schema.outputs),
    derivedOutputs,
  };
}
