import type { z } from "zod";
import { checkConfig } from "./config";
import type { Core, ResourceType } from "./core";
import { type Clock, systemClock } from "./kv/clock";
import { KeyValueLife, keyValueSchema } from "./resources/key-value";
import { NamespaceLife, namespaceSchema } from "./resources/namespace";
import type { Life, ResourceSchema } from "./resources/resource";
import { KeyValueSetLife } from "./resources/set/life";
import { keyValueSetSchema } from "./resources/set/schema";
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
  return {
    resources: new Map(types.map((type) => [type.token, type])),
    checkConfig,
    configure: (sources) => session.configure(sources),
    attach: (engineAddress) => session.attach(engineAddress),
    cancel: () => session.end(),
  };
}

function resourceType(
  { name, outputs }: ResourceSchema,
  life: Life,
  derivedOutputs: ResourceType["derivedOutputs"] = {},
): ResourceType {
  const secretOutputs = Object.keys(outputs.shape).filter(
    (output) => (outputs.shape[output] as z.ZodType).meta()?.secret,
  );
  return { token: `cloudflare-kv:index:${name}`, life, secretOutputs, derivedOutputs };
}
