import type { Declaration } from "../../tools/stack/stack";
import type { World } from "../../tools/stack/world";

/** The namespace of the scenarios about keys. */
export const namespace: Declaration = { type: "Namespace", name: "ns", args: { title: "data" } };

/** The key `a` of that namespace, in a resource of the same name. */
export function key(args: Record<string, unknown>, options: Record<string, unknown> = {}): Declaration {
  return { type: "KeyValue", name: "a", args: { namespaceId: { $ref: "ns.namespaceId" }, key: "a", ...args }, options };
}

export function metadata(world: World): unknown {
  return world.emulator.entry(world.namespaceId(), "a")?.metadata;
}

export function expiration(world: World): number | undefined {
  return world.emulator.entry(world.namespaceId(), "a")?.expiration;
}
