import type { Fault, FaultAction, FaultMatch } from "../../provider/emulator/fault";
import type { Random } from "./random";

/** A fault of the emulator, under the name by which it is counted. */
export interface NamedFault {
  readonly kind: string;
  readonly fault: Fault & { readonly times: number };
}

interface Kind {
  readonly action: FaultAction;
  /** Where it can be felt; everywhere by default. */
  readonly operations?: readonly [string, ...string[]];
  /** How often it is drawn, beside the others: it takes what happens seldom. */
  readonly weight?: number;
  /** What spoils more requests than the transport repeats makes the operation fail. */
  readonly most?: number;
}

/** Our requests: a stranger's are not to be spoiled. */
const ours = "^(?!.*/values/foreign)";

const html = (status: number): Kind => ({ action: { status, body: "html" } });
const bulk = ["bulk.put", "bulk.put", "bulk.delete"] as const;

const kinds: Readonly<Record<string, Kind>> = {
  "500": { action: { status: 500 } },
  "500 after": { action: { status: 500, when: "after" } },
  "502": html(502),
  "503": html(503),
  "504": html(504),
  "520": html(520),
  "524 after": { action: { status: 524, body: "html", when: "after" } },
  "429": { action: { status: 429, retryAfter: 1 } },
  "401": { action: { status: 401 }, most: 1 },
  "403": { action: { status: 403 }, operations: ["bulk.put", "bulk.put", "values.put"], most: 1 },
  "code 971": { action: { type: "code971" } },
  "dropped before": { action: { type: "drop", when: "before" } },
  "dropped after": { action: { type: "drop", when: "after" } },
  truncated: { action: { type: "truncate" } },
  "content type": { action: { type: "contentType", value: "text/html" } },
  "null result": { action: { type: "resultNull" } },
  trickle: { action: { type: "trickle", msPerByte: 1 } },
  timeout: { action: { type: "delay", ms: 1_300 }, most: 1 },
  unsuccessful: { action: { type: "unsuccessful", fraction: 0.5 }, operations: bulk, most: 7 },
  "unsuccessful deletes": {
    action: { type: "unsuccessful", fraction: 1 },
    operations: ["bulk.delete"],
    most: 7,
    weight: 3,
  },
  stale: { action: { type: "stale" }, operations: ["keys.list", "bulk.get", "values.get"] },
  negative: { action: { type: "negative" }, operations: ["keys.list", "bulk.get", "values.get"] },
  "empty page": { action: { type: "emptyPage" }, operations: ["keys.list"], weight: 2 },
  "namespace not found": { action: { type: "namespaceNotFound", ms: 1_000 }, operations: ["bulk.put", "values.put"] },
};

const weighted = Object.entries(kinds).flatMap((each) => Array<typeof each>(each[1].weight ?? 1).fill(each));

export const faultKinds: readonly string[] = Object.keys(kinds);

const writes = ["bulk.put", "values.put", "bulk.delete", "values.delete", "namespaces.delete"] as const;

/** A few requests from the k-th on are spoiled. */
export function drawFault(random: Random): NamedFault {
  const [kind, { action, operations, most = 3 }] = random.of(weighted) ?? ["500", html(500)];
  const operation = operations ? random.oneOf(operations) : random.chance(0.5) ? random.oneOf(writes) : undefined;
  const match: FaultMatch = { path: ours, ...(operation !== undefined && { operation }) };
  const skip = random.between(0, operation === undefined ? 8 : 1);
  return { kind, fault: { match, skip, times: random.between(1, most), action } };
}

/** The write of this key is refused, and its repetition too, before what is to go with it may go. */
export function refusalOf(key: string): NamedFault {
  return { kind: "403", fault: { match: { operation: "bulk.put", key }, times: 2, action: { status: 403 } } };
}

/** What a refresh is told is not what is there. */
export function drawMisreading(random: Random): NamedFault {
  const kind = random.oneOf(["stale", "negative", "empty page"]);
  const { action, operations = ["keys.list"] } = kinds[kind] ?? html(500);
  const operation = random.oneOf(kind === "empty page" ? operations : ["keys.list", "keys.list", ...operations]);
  return { kind, fault: { match: { operation }, times: random.between(1, 2), action } };
}
