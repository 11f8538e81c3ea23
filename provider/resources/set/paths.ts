import { type Changes, isSame } from "../changes";
import type { Properties } from "../resource";
import { isRawEntry } from "../source/declared-entry";
import { hasUnknown, isAbsent } from "../validate";
import { isSameSource } from "./same-declaration";

const mostPaths = 100;

/** Where the inputs differ: key by key as far as entries are inline and not too many, else by input. */
export function compareInputs(changes: Changes, olds: Properties, news: Properties): void {
  for (const name of ["metadata", "expiration", "expirationTtl", "prune", "maxDeletes", "driftDetection"]) {
    changes.compare(name, olds[name], news[name]);
  }
  compareMembers(changes, "values", olds.values, news.values, (key) => `values${propertyStep(key)}`);
  compareMembers(changes, "entries", olds.entries, news.entries, (index) => `entries[${index}]`);
  if (!isSameSource(olds, news)) changes.add("source", olds.source, news.source);
}

function compareMembers(
  changes: Changes,
  name: string,
  before: unknown,
  after: unknown,
  pathOf: (member: string) => string,
): void {
  if (!hasUnknown(after) && isSame(before, after)) return;
  const [old, now] = [membersOf(before), membersOf(after)];
  const members = new Set([...Object.keys(old), ...Object.keys(now)]);
  const changed = [...members].filter((member) => hasUnknown(now[member]) || !isSame(old[member], now[member]));
  const isTooMuch = changed.length > mostPaths - changes.size;
  const isWhole = isAbsent(before) || isAbsent(after) || changed.length === 0 || isTooMuch;
  if (isWhole) changes.add(name, before, after);
  else for (const member of changed) changes.add(pathOf(member), old[member], now[member]);
}

/** A list has its indices as names. */
function membersOf(value: unknown): Properties {
  return isRawEntry(value) || Array.isArray(value) ? (value as Properties) : {};
}

/** One step of a property path, as Pulumi reads it. */
function propertyStep(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `["${name.replaceAll('"', '\\"')}"]`;
}
