import type { Changes } from "../changes";
import type { Properties } from "../resource";
import { isSameSource } from "./same-declaration";

/** Where the inputs differ: key by key as far as entries are inline and not too many, else by input. */
export function compareInputs(changes: Changes, olds: Properties, news: Properties): void {
  for (const name of ["expiration", "expirationTtl", "prune", "maxDeletes", "driftDetection"]) {
    changes.compare(name, olds[name], news[name]);
  }
  for (const name of ["metadata", "values", "entries"]) changes.compareMembers(name, olds[name], news[name]);
  if (!isSameSource(olds, news)) changes.add("source", olds.source, news.source);
}
