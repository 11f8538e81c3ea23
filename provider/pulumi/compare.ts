import type { z } from "zod";
import { Changes, isSame } from "./changes";
import type { Properties } from "./resource-provider";
import type { ResourceSchema } from "./schema";
import { SecretInputs } from "./secret-inputs";
import { hasUnknown, isAbsent } from "./validate";

/** Compares one property that means more than its value says, and adds what has changed. */
export type Comparison = (changes: Changes) => void;

/**
 * Compares every input that the schema has, as its flags say: a new property is compared without another word.
 *
 * @param own Comparisons in place of that, by the names of their properties.
 */
export function compareAll(
  schema: ResourceSchema,
  olds: Properties,
  news: Properties,
  {
    own = {},
    secrets = SecretInputs.none,
  }: { own?: Readonly<Record<string, Comparison>>; secrets?: SecretInputs | undefined } = {},
): Changes {
  const changes = new Changes();
  for (const [name, type] of Object.entries(schema.args.shape)) {
    const compare = own[name] ?? ((all) => compareOne(all, name, type as z.ZodType, olds, news, secrets));
    compare(changes);
  }
  return changes;
}

function compareOne(
  changes: Changes,
  name: string,
  type: z.ZodType,
  olds: Properties,
  news: Properties,
  secrets: SecretInputs,
): void {
  const { replaces = false, members = false } = type.meta() ?? {};
  if (isSameInput(type, olds[name], news[name])) return;
  if (members) changes.compareMembers(name, olds[name], news[name], secrets.openLevels(name));
  else changes.add(name, olds[name], news[name], { replace: replaces });
}

/** What is left out means the same as the default; what is unknown may be anything. */
export function isSameInput(type: z.ZodType, before: unknown, after: unknown): boolean {
  const { default: value } = type.meta() ?? {};
  const meant = (given: unknown) => (isAbsent(given) ? value : given);
  return !hasUnknown(after) && isSame(meant(before), meant(after));
}
