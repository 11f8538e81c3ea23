import type { choices } from "../../provider/emulator/choices";
import type { Probe } from "./probe";
import { bulkProbes } from "./probes/bulk";
import { expirationProbes } from "./probes/expirations";
import { listProbes } from "./probes/lists";
import { namespaceProbes } from "./probes/namespaces";
import { requestProbes } from "./probes/requests";
import { valueProbes } from "./probes/values";

/** Every assumption that can be tried. */
export const probes: readonly Probe[] = [
  ...requestProbes,
  ...namespaceProbes,
  ...valueProbes,
  ...expirationProbes,
  ...bulkProbes,
  ...listProbes,
];

/** The choices of the emulator that nobody's account should be tried with, each with the reason. */
export const unprobed: { readonly [name in keyof typeof choices]?: string } = {
  tooManyNamespaces: "It would take 1,000 namespaces, all that an account may have.",
  rateExceeded: "It would take 1,200 requests, and block the account for five minutes.",
};

/** What else is not known, with the reason why it stays so. */
export const untried: readonly string[] = [
  "Code 10048, of a free plan that is used up: it would use up the day.",
  "Code 10052, of a namespace that a Worker uses: it would take a Worker, and a token that may make one.",
  "A bulk of more than 10,000 pairs: a success would use up the day.",
  "A bulk of more than 100 MB: it would take an hour where the line is slow.",
  "How long a cursor lives: it may be longer than anybody waits.",
];
