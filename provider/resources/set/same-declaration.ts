import { isSame } from "../changes";
import type { Properties } from "../resource";
import { sourceHash } from "../source/source";
import { hasUnknown, isAbsent, isUnknown } from "../validate";
import type { SourceInput } from "./declared-entries";

/** What decides which entries a set declares, beside its source. */
const declaringNames = ["keyPrefix", "values", "entries", "metadata", "expiration", "expirationTtl"];

/** True where both declare the same entries in the same way; of a source only the hash is compared. */
export function isSameDeclaration(a: Properties, b: Properties): boolean {
  return declaringNames.every((name) => !hasUnknown(b[name]) && isSame(a[name], b[name])) && isSameSource(a, b);
}

/** The engine hides of an old source all but its hash. One without a hash is never known to be the same. */
export function isSameSource(a: Properties, b: Properties): boolean {
  if (isAbsent(a.source) || isAbsent(b.source)) return isAbsent(a.source) && isAbsent(b.source);
  const hash = hashOfSource(b);
  return hash !== undefined && !hasUnknown(b.source) && hash === hashOfSource(a);
}

/** The hash by which the engine knows the source's contents; undefined without a source. */
export function hashOfSource({ source }: Properties): string | undefined {
  return isAbsent(source) || isUnknown(source) ? undefined : sourceHash(source as SourceInput);
}
