import { hasAsset } from "../pulumi/asset";
import { isDecimalOf } from "./decimal";

/** What every Node.js that is served has, and TypeScript does not know yet. */
declare global {
  interface JSON {
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}

/** What a message may show of a name: anything else may be a value that is in the wrong place. */
const word = /^[A-Za-z_]{1,20}$/;

const tooDeep = "is nested too deeply to be written as JSON";

/** Compact JSON whose members are sorted by name, so that the order in which they were given means nothing. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(Reflect.get(value, name))}`).join()}}`;
}

/** The same of a text: white space and the order of members mean nothing in it, numbers are as written. Undefined where it is no JSON. */
export function canonicalText(json: string): string | undefined {
  try {
    return canonicalJson(parseExact(json));
  } catch {
    return undefined;
  }
}

/** What a text that was found means, where it is JSON that Pulumi can carry as it is; never null, which would be nothing. */
export function foundJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return changedPartProblem(value, "json", `{"json":${text}}`) === undefined ? (value ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

/** A member of an object as compact JSON, numbers as they are written in the object's text. */
export function memberText(object: object, name: string, json: string): string {
  const exact = mayBeRewritten.test(json) ? (parseExact(json) as object) : object;
  return JSON.stringify(Reflect.get(exact, name));
}

/**
 * Why this JSON cannot be stored; undefined when it can.
 *
 * @param isText true where it was parsed from a text, which is stored as it was written.
 */
export function jsonProblem(value: unknown, isText = false): string | undefined {
  try {
    if (hasAsset(value)) return "must be JSON, without assets";
    const problem = isText ? undefined : (problemIn(value, foreignReason) ?? problemIn(value, roundedReason));
    if (problem === undefined) canonicalJson(value);
    return problem;
  } catch {
    return tooDeep;
  }
}

/**
 * Why a part of JSON would not come back from the store as it is given; undefined when it would.
 *
 * @param json the text that it was parsed from, as a member of this name of an object.
 */
export function changedPartProblem(value: unknown, name: string, json?: string): string | undefined {
  try {
    if (hasAsset(value)) return "must be JSON, without assets";
    const rounded = json === undefined ? problemIn(value, roundedReason) : problemInText(json, name, value);
    return problemIn(value, foreignReason) ?? rounded;
  } catch {
    return tooDeep;
  }
}

type ReasonOf = (part: unknown) => string | undefined;

/** The first part, or name of one, that is not good, with its place. */
function problemIn(value: unknown, reasonOf: ReasonOf, path: readonly string[] = []): string | undefined {
  if (typeof value !== "object" || value === null) {
    const reason = reasonOf(value);
    return reason === undefined ? undefined : `${placed(path)} ${reason}`;
  }
  for (const [name, member] of Object.entries(value)) {
    const step = Array.isArray(value) ? `[${name}]` : word.test(name) ? `.${name}` : ".…";
    const problem = problemIn(name, reasonOf, path) ?? problemIn(member, reasonOf, [...path, step]);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function placed(path: readonly string[]): string {
  return path.length === 0 ? "is" : `has, at ${path.join("").replace(/^\./, "")},`;
}

/** Undefined for what JSON has. */
function foreignReason(part: unknown): string | undefined {
  switch (typeof part) {
    case "number":
      return Number.isFinite(part) ? undefined : `${part}, and ${part} is not JSON; give a text, or null`;
    case "string":
      return part.isWellFormed() ? undefined : "a lone surrogate, which UTF-8 cannot carry; remove it";
    case "bigint":
    case "function":
    case "symbol":
      return `a ${typeof part}, which is not JSON; give a text`;
    default:
      return undefined;
  }
}

/** From here on numbers are written with an exponent. */
const exponentFrom = 1e21;

/** An integer that its neighbours cannot be told from: Pulumi carries 64 bits of each. */
function roundedReason(part: unknown): string | undefined {
  const isRounded = Number.isInteger(part) && !Number.isSafeInteger(part) && Math.abs(part as number) < exponentFrom;
  return isRounded ? "an integer beyond 2^53, which is rounded on its way; give it as text" : undefined;
}

const mayBeRounded = /(?:\d\.?){16}|\d[eE][+-]?\d/;

/** Numbers in a text may have any length: what its readers take for another number is not stored. */
function problemInText(json: string, name: string, parsed: unknown): string | undefined {
  const isNumber = (part: unknown) => (typeof part === "number" ? "" : undefined);
  if (!mayBeRounded.test(json) || problemIn(parsed, isNumber) === undefined) return undefined;
  const whole = parseNumbers(json, (value, text) => (isDecimalOf(value, text) ? value : Number.NaN));
  return problemIn(Reflect.get(whole as object, name), (part) =>
    Number.isNaN(part) ? "a number that readers of JSON take for another one; give it as text" : undefined,
  );
}

/** Written otherwise than JavaScript writes it: very long, with an exponent, or with zeros that mean nothing. */
const mayBeRewritten = /(?:\d\.?){16}|\d[eE][+-]?\d|\.\d*0(?!\d)|-0/;

/** Numbers that JavaScript would write otherwise stay as they are. */
function parseExact(json: string): unknown {
  if (!mayBeRewritten.test(json)) return JSON.parse(json);
  return parseNumbers(json, (value, text) => (String(value) === text ? value : JSON.rawJSON(text)));
}

function parseNumbers(json: string, numberOf: (value: number, text: string) => unknown): unknown {
  const reviver = (_: string, value: unknown, { source = "" }: { readonly source?: string } = {}) =>
    typeof value === "number" ? numberOf(value, source) : value;
  return JSON.parse(json, reviver as Parameters<typeof JSON.parse>[1]);
}
