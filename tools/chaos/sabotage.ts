import { join } from "node:path";

/** Faults of our own making, so that the harness is known to bite. */
export const sabotages = [
  "ignore-unsuccessful",
  "prune-first",
  "drop-manifest",
  "forget-claims",
  "forget-others",
  "early-removal",
  "log-value",
] as const;
export type Sabotage = (typeof sabotages)[number];

/** For the providers' environment: what they load before anything else spoils them. */
export function sabotaged(sabotage: Sabotage): Record<string, string> {
  return { NODE_OPTIONS: `--require ${join(__dirname, "inject.js")}`, CHAOS_SABOTAGE: sabotage };
}
