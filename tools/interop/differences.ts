import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { KvOperation, Outcome } from "./operation";

/** A way in which the emulator is known to differ from the simulator; `differences.md` says why. */
export interface KnownDifference {
  name: string;
  explains(operation: KvOperation, ours: Outcome, theirs: Outcome): boolean;
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    name: "A page of fewer than 10 keys",
    explains: (_, ours) => isRefusal(ours, /^400 limit argument must be at least 10$/),
  },
  {
    name: "A page of more than 1,000 keys",
    explains: (_, ours, theirs) => isRefusal(ours, /^400 limit argument must be at most/) && isRefusal(theirs, /^400 /),
  },
  {
    name: "Names that cannot be keys",
    explains: ({ type }, ours, theirs) =>
      type !== "getBulk" && isRefusal(ours, illegalKey) && isRefusal(theirs, /key/i),
  },
  {
    name: "Several mistakes in one bulk read",
    explains: ({ type }, ours, theirs) =>
      type === "getBulk" &&
      isRefusal(ours, /^4.. (Illegal key|Key names|UTF-8)/) &&
      isRefusal(theirs, /non-json value$/),
  },
  {
    name: "A binary value in a bulk read",
    explains: ({ type }, ours) => type === "getBulk" && isRefusal(ours, /non-text value$/),
  },
  {
    name: "A byte order mark in a bulk read",
    explains: sameBut((entries) => JSON.parse(JSON.stringify(entries).replaceAll('["\ufeff', '["'))),
  },
  {
    name: "A key named like the prototype in a bulk read",
    explains: sameBut((entries) => entries.filter(([key]) => key !== "__proto__")),
  },
  {
    name: "A JSON null with metadata in a bulk read",
    explains: sameBut((entries) => entries.map(([key, entry]) => [key, entry?.[0] === null ? null : entry])),
  },
];

const illegalKey = /^(400 Illegal key name|405 \w+ method not allowed)/;

/** A bulk read's result: by key, value and metadata. */
type Entries = [key: string, entry: [value: unknown, metadata: unknown] | null][];

function isRefusal(outcome: Outcome, text: RegExp): boolean {
  return "refusal" in outcome && text.test(outcome.refusal);
}

/** Whether two bulk reads are the same once each is treated so. */
function sameBut(treated: (entries: Entries) => unknown): KnownDifference["explains"] {
  return ({ type }, ours, theirs) => {
    if (type !== "getBulk" || !("result" in ours) || !("result" in theirs)) return false;
    return isDeepStrictEqual(treated(ours.result as Entries), treated(theirs.result as Entries));
  };
}

/** What explains them. The compiled runner lies under `dist/`, the page beside its source. */
export function differencesPage(): string {
  return readFileSync(join(__dirname, "../../../tools/interop/differences.md"), "utf8");
}
