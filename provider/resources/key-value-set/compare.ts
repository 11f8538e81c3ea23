import { isSame } from "../../pulumi/changes";
import type { Properties } from "../../pulumi/resource-provider";
import { hasUnknown, isAbsent, isUnknown, withoutAbsent } from "../../pulumi/validate";
import type { SourceInput } from "./entries";
import { isRawEntry } from "./source/declared-entry";
import { sourceHash } from "./source/open-source";

/** What decides which entries a set declares, beside its source. */
const declaringNames = ["keyPrefix", "values", "entries", "metadata", "expiration", "expirationTtl"];

/** True where both declare the same entries in the same way; of a source only the hash is compared. */
export function isSameDeclaration(a: Properties, b: Properties): boolean {
  return declaringNames.every((name) => isSameInput(name, a, b)) && isSameSource(a, b);
}

/** True where one means the same as the other: what is left out its default, and entries in whatever order. */
export function isSameInput(name: string, a: Properties, b: Properties): boolean {
  if (hasUnknown(b[name])) return false;
  return isSame(a[name], b[name]) || isSame(canonical(name, a[name]), canonical(name, b[name]));
}

function canonical(name: string, value: unknown): unknown {
  if (isAbsent(value)) return defaults[name];
  return name === "entries" && Array.isArray(value) ? value.map(canonicalEntry).sort(byKey) : value;
}

const defaults: Properties = { keyPrefix: "", values: {}, entries: [], prune: "removed" };

function canonicalEntry(entry: unknown): unknown {
  return isRawEntry(entry) ? withoutAbsent({ ...entry }) : entry;
}

function byKey(a: unknown, b: unknown): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

function keyOf(entry: unknown): string {
  return isRawEntry(entry) ? String(entry.key) : "";
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
