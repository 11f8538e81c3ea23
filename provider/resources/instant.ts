import { instantLimits } from "../kv/limits";
import type { Properties } from "../pulumi/resource-provider";
import { hasUnknown, isAbsent } from "../pulumi/validate";
import type { CallContext } from "../session/context";
import { knownNamespaceOf } from "./key-value/id";

/** The namespaces of the mode `instant` that this process has been told of in this run. */
class InstantNamespaces {
  readonly ids = new Set<string>();
}

export function rememberInstant(namespace: string, { run }: CallContext): void {
  run.memory(InstantNamespaces).ids.add(namespace);
}

/** True where the namespace of these inputs is known to be of the mode `instant`. */
export function isInstant(inputs: Properties, { run }: CallContext): boolean {
  const namespace = knownNamespaceOf(inputs);
  return namespace !== undefined && run.memory(InstantNamespaces).ids.has(namespace);
}

/** Why a key cannot be so long in a namespace of the mode `instant`. */
export function instantKeyProblem(key: unknown): string | undefined {
  const bytes = typeof key === "string" && !hasUnknown(key) ? Buffer.byteLength(key) : 0;
  if (bytes <= instantLimits.maxKeyBytes) return undefined;
  return `is ${bytes} bytes long, and in a namespace of the mode instant at most ${instantLimits.maxKeyBytes} are allowed`;
}

export function instantMetadataProblem(metadata: unknown): string | undefined {
  return isAbsent(metadata) ? undefined : "cannot be in a namespace of the mode instant; leave it out";
}
