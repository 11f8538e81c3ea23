import type { Core, ResourceType } from "./core";
import { type Clock, systemClock } from "./kv/clock";
import type { Life } from "./pulumi/resource-provider";
import type { ResourceSchema } from "./pulumi/schema";
import { secretNames } from "./pulumi/schema";
import { withHiddenKeys } from "./resources/wrappers/with-hidden-keys";
import { withConsequences } from "./resources/wrappers/with-outcome";
import { announced } from "./resources/wrappers/with-shared-claims";
import { withStateVersion } from "./resources/wrappers/with-state-version";
import { guarded } from "./resources/wrappers/with-validation";
import { checkConfig } from "./session/config";
import { Session } from "./session/session";

/** The provider itself: what both doors serve. */
export function createCore(clock: Clock = systemClock): Core {
  const session = new Session(clock);
  const types = [
    resourceType(session, "Namespace", () => {
      const { NamespaceLife } =
        require("./resources/namespace/provider") as typeof import("./resources/namespace/provider");
      const { namespaceSchema } =
        require("./resources/namespace/schema") as typeof import("./resources/namespace/schema");
      return { schema: namespaceSchema, life: new NamespaceLife(session) };
    }),
    resourceType(session, "KeyValue", () => {
      const { KeyValueLife } =
        require("./resources/key-value/provider") as typeof import("./resources/key-value/provider");
      const { keyValueSchema } =
        require("./resources/key-value/schema") as typeof import("./resources/key-value/schema");
      const derivedOutputs = { expiresAt: ["expiration", "expirationTtl"] };
      return { schema: keyValueSchema, life: new KeyValueLife(session), derivedOutputs };
    }),
    resourceType(session, "KeyValueSet", () => {
      const { keyValueSetSchema, undeletedName } =
        require("./resources/key-value-set/schema") as typeof import("./resources/key-value-set/schema");
      const { KeyValueSetLife } =
        require("./resources/key-value-set/provider") as typeof import("./resources/key-value-set/provider");
      const contents = ["values", "entries", "source"];
      const derivedOutputs = { count: contents, bytes: contents, sourceHash: ["source"] };
      return {
        schema: keyValueSetSchema,
        life: new KeyValueSetLife(session),
        derivedOutputs,
        internalSecrets: [undeletedName],
      };
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

interface Loaded {
  readonly schema: ResourceSchema;
  readonly life: Life;
  readonly derivedOutputs?: ResourceType["derivedOutputs"];
  /** Outputs that no schema shows, and that are secret. */
  readonly internalSecrets?: readonly string[];
}

/** Loaded with the first call that is about one: most programs do not use all, and each costs some of the start. */
function resourceType(session: Session, name: string, load: () => Loaded): ResourceType {
  const loaded = lazily(() => {
    const { schema, life, derivedOutputs = {}, internalSecrets = [] } = load();
    const secretOutputs = [...secretNames(schema.outputs), ...internalSecrets];
    return {
      life: announced(session, withStateVersion(withConsequences(guarded(schema, withHiddenKeys(schema, life))))),
      secretOutputs,
      derivedOutputs,
    };
  });
  return {
    token: `cloudflare-kv:index:${name}`,
    get life() {
      return loaded().life;
    },
    get secretOutputs() {
      return loaded().secretOutputs;
    },
    get derivedOutputs() {
      return loaded().derivedOutputs;
    },
  };
}
