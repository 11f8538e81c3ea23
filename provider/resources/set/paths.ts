import type { Changes } from "../changes";
import type { Properties } from "../resource";
import { isSameInput, isSameSource } from "./same-declaration";

const options = ["expiration", "expirationTtl", "prune", "maxDeletes", "driftDetection"];

/** Where the inputs differ: member by member as far as they are not too many, else by input. */
export function compareInputs(changes: Changes, olds: Properties, news: Properties): void {
  for (const name of [...options, "metadata", "values", "entries"]) {
    if (!isSameInput(name, olds, news)) changes.compareMembers(name, olds[name], news[name]);
  }
  if (!isSameSource(olds, news)) changes.add("source", olds.source, news.source);
}
