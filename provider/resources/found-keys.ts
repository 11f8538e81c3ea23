import type { Properties } from "../pulumi/resource-provider";
import type { CallContext } from "../session/context";
import { knownNamespaceOf } from "./key-value/id";

/** Which namespaces were there before this stack, as far as one process has been told, and of which that was said. */
class FoundNamespaces {
  readonly adopted = new Set<string>();
  readonly told = new Set<string>();
}

/** A namespace that a resource has adopted may have keys of others. */
export function rememberAdopted(namespace: string, { run }: CallContext): void {
  run.memory(FoundNamespaces).adopted.add(namespace);
}

/** Of something new without `adopt`: says, once for a namespace, that it may write over keys of others. */
export function tellOfFoundKeys(inputs: Properties, { run, log }: CallContext): void {
  const namespace = knownNamespaceOf(inputs);
  const { adopted, told } = run.memory(FoundNamespaces);
  const isOwn = namespace === undefined || (run.claims.isKnown(namespace) && !adopted.has(namespace));
  if (inputs.adopt === true || isOwn || told.has(namespace)) return;
  told.add(namespace);
  log.info(
    "the namespace was there before this stack: a key that is in it already is written over without a look; " +
      "with adopt: true it is read first, and written only where it differs",
  );
}
