import type { Changes } from "../../pulumi/changes";
import type { Properties } from "../../pulumi/resource-provider";
import { SecretInputs } from "../../pulumi/secret-inputs";
import { isSameInput, isSameSource } from "./compare";

const options = ["expiration", "expirationTtl", "prune", "maxDeletes", "driftDetection"];

/** Where the inputs differ: member by member as far as they are not too many, and not secret, else by input. */
export function compareInputs(changes: Changes, olds: Properties, news: Properties, secrets = SecretInputs.none): void {
  for (const name of [...options, "metadata", "values", "entries"]) {
    // The members of an entry have names of our own.
    const levels = name === "entries" ? 2 + secrets.openLevels("entries.*.metadata") : secrets.openLevels(name);
    if (!isSameInput(name, olds, news)) changes.compareMembers(name, olds[name], news[name], levels);
  }
  if (!isSameSource(olds, news)) changes.add("source", olds.source, news.source);
}
