import type { Call } from "../provider/pulumi/resource-provider";

/** A call of which nothing is known, and that nobody hears. */
export const quietCall: Call = {
  urn: "",
  preview: false,
  signal: new AbortController().signal,
  log: { info() {}, warning() {}, status() {} },
};
