import { metadataProblem as sizeProblem } from "../kv/entry";
import { hasAsset } from "../pulumi/asset";
import { isDecimalOf } from "./decimal";

/** What a message may show of a name: anything else may be a value that is in the wrong place. */
const word = /^[A-Za-z_]{1,20}$/;

/**
 * Why this metadata would not come back from the store as it is given; undefined when it would.
 *
 * @param json the text that the metadata was parsed from, as the member `metadata` of an object.
 */
export function metadataProblem(metadata: unknown, json?: string): string | undefined {
  try {
    if (hasAsset(metadata)) return "must be JSON, without assets";
    const rounded = json === undefined ? problemIn(metadata, roundedReason) : problemInText(json, metadata);
    return problemIn(metadata, foreignReason) ?? rounded ?? sizeProblem(metadata);
  } catch {
    return "is nested too deeply to be written as JSON";
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
function problemInText(json: string, parsed: unknown): string | undefined {
  const isNumber = (part: unknown) => (typeof part === "number" ? "" : undefined);
  if (!mayBeRounded.test(json) || problemIn(parsed, isNumber) === undefined) return undefined;
  const reviver = (_: string, value: unknown, { source = "" }: { readonly source?: string } = {}) =>
    typeof value === "number" && !isDecimalOf(value, source) ? Number.NaN : value;
  const { metadata } = JSON.parse(json, reviver as Parameters<typeof JSON.parse>[1]);
  return problemIn(metadata, (part) =>
    Number.isNaN(part) ? "a number that readers of JSON take for another one; give it as text" : undefined,
  );
}
