import type { z } from "zod";
import { isSame } from "../../pulumi/changes";
import { type Comparison, isSameInput } from "../../pulumi/compare";
import type { Properties } from "../../pulumi/resource-provider";
import { SecretInputs } from "../../pulumi/secret-inputs";
import { hasUnknown, isAbsent, isUnknown, withoutAbsent } from "../../pulumi/validate";
import type { SourceInput } from "./entries";
import { contents, keyValueSetSchema } from "./schema";
import { isRawEntry } from "./source/declared-entry";
import { sourceHash } from "./source/open-source";

const declaring = Object.entries(keyValueSetSchema.args.shape)
  .map(([name, type]) => [name, type as z.ZodType] as const)
  .filter(([, type]) => type.meta()?.declares);

/** True where both declare the same entries in the same way; of a source only the hash is compared. */
export function isSameDeclaration(a: Properties, b: Properties): boolean {
  const isSame = ([name, type]: readonly [string, z.ZodType]) =>
    name === "entries" ? isSameEntries(a, b) : isSameInput(type, a[name], b[name]);
  return declaring.every(isSame) && isSameSource(a, b);
}

/** True where both say the same of every entry that says nothing of its own. */
export function hasSameDefaults(a: Properties, b: Properties): boolean {
  return declaring.every(([name, type]) => contents.includes(name) || isSameInput(type, a[name], b[name]));
}

/** Compares what means the same in more than one way. */
export function setComparisons(
  olds: Properties,
  news: Properties,
  secrets = SecretInputs.none,
): Record<"entries" | "source", Comparison> {
  // The members of an entry have names of our own.
  const levels =
    2 + Math.min(...["metadata", "valueJson", "value"].map((name) => secrets.openLevels(`entries.*.${name}`)));
  return {
    entries(changes) {
      if (!isSameEntries(olds, news)) changes.compareMembers("entries", olds.entries, news.entries, levels);
    },
    source(changes) {
      if (!isSameSource(olds, news)) changes.add("source", olds.source, news.source);
    },
  };
}

/** The order of entries means nothing. */
function isSameEntries(a: Properties, b: Properties): boolean {
  if (hasUnknown(b.entries)) return false;
  return isSame(a.entries, b.entries) || isSame(canonical(a.entries), canonical(b.entries));
}

function canonical(entries: unknown): unknown {
  if (isAbsent(entries)) return [];
  return Array.isArray(entries) ? entries.map(canonicalEntry).sort(byKey) : entries;
}

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
