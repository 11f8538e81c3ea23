import type { Fault } from "./fault";
import { operationNames } from "./route";

/** Reads faults that came from outside; what is wrong with them is said in one sentence, thrown. */
export function parseFaults(content: unknown): Fault[] {
  if (!Array.isArray(content)) throw new TypeError("Invalid faults: expected an array.");
  const bad = content.findIndex((fault) => !fits(fault, faultFields));
  if (bad >= 0) throw new TypeError(`Invalid fault at [${bad}]: ${JSON.stringify(content[bad])}${hint(content[bad])}.`);
  return content as Fault[];
}

/** What there is, where something is called that there is not. */
function hint(fault: unknown): string {
  if (!isRecord(fault)) return "";
  const { match, action } = fault;
  if (isRecord(match) && isText(match.operation) && !isOperation(match.operation)) {
    return `; there are the operations ${operationNames().join(", ")}`;
  }
  if (isRecord(action) && isText(action.type) && !Object.hasOwn(actionFields, String(action.type))) {
    return `; there are the types ${Object.keys(actionFields).join(", ")}`;
  }
  return "";
}

type Check = (value: unknown) => boolean;
type Fields = Record<string, Check>;

const isText: Check = (value) => typeof value === "string";
const isCount: Check = (value) => typeof value === "number" && value >= 0;
const isWhen: Check = (value) => value === "before" || value === "after";
const isInteger: Check = (value) => Number.isInteger(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const actionFields: Record<string, Fields> = {
  status: {
    status: (value) => isInteger(value) && Number(value) >= 200 && Number(value) <= 599,
    when: optional(isWhen),
    body: optional(isText),
    code: optional(isInteger),
    message: optional(isText),
    retryAfter: optional(isCount),
  },
  drop: { when: isWhen },
  delay: { ms: isCount },
  trickle: { msPerByte: isCount },
  truncate: {},
  unsuccessful: {
    keys: optional((value) => Array.isArray(value) && value.every(isText)),
    fraction: optional((value) => isCount(value) && Number(value) <= 1),
    unnamed: optional((value) => typeof value === "boolean"),
  },
  stale: { ms: optional(isCount) },
  negative: {},
  emptyPage: {},
  namespaceNotFound: { ms: optional(isCount) },
  resultNull: {},
  code971: {},
  contentType: { value: isText },
};

const matchFields: Fields = {
  operation: optional(isOperation),
  method: optional(isText),
  path: optional(isPattern),
  key: optional(isText),
  account: optional(isText),
};

const faultFields: Fields = {
  match: optional((value) => fits(value, matchFields)),
  times: optional((value) => value === null || (isInteger(value) && Number(value) >= -1)),
  skip: optional(isCount),
  action: isAction,
};

function isAction(action: unknown): boolean {
  if (!isRecord(action)) return false;
  const { type = "status", ...rest } = action;
  return typeof type === "string" && Object.hasOwn(actionFields, type) && fits(rest, actionFields[type] ?? {});
}

function fits(value: unknown, fields: Fields): boolean {
  if (!isRecord(value)) return false;
  const known = Object.keys(value).every((name) => Object.hasOwn(fields, name));
  return known && Object.entries(fields).every(([name, check]) => check(value[name]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOperation(name: unknown): boolean {
  return name === "unknown" || operationNames().some((known) => known === name);
}

function isPattern(source: unknown): boolean {
  try {
    return typeof source === "string" && new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}
