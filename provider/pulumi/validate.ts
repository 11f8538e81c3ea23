import type { z } from "zod";
import type { CheckFailure, Properties } from "./resource-provider";
import type { Alternatives, InputRules } from "./schema";

/** How Pulumi writes a value that only the real run will know. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isUnknown(value: unknown): boolean {
  return value === unknownValue;
}

/** True where any part is unknown. */
export function hasUnknown(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return isUnknown(value);
  return Object.values(value).some(hasUnknown);
}

/** A property is absent when it is null, too: so programs leave a property out conditionally. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

export function withoutAbsent(values: Properties): Properties {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isAbsent(value)));
}

/** A rule of our own: what it answers is the whole reason, and stands in place of zod's texts. */
export function rule<T>(problem: (value: T) => string | undefined): (value: T, context: z.RefinementCtx) => void {
  return (value, context) => {
    const message = problem(value);
    if (message) context.addIssue({ code: "custom", message });
  };
}

export function wholeNumber(min: number, max: number) {
  return rule((value: number) =>
    Number.isInteger(value) && value >= min && value <= max
      ? undefined
      : `must be a whole number from ${min} to ${max}, not ${value}`,
  );
}

/** Checks everything that is known of the inputs of a resource, or of a function. */
export function problemsOfInputs({ args, alternatives }: InputRules, news: Properties): CheckFailure[] {
  return [...problemsOf(args, news), ...alternatives.flatMap((group) => problemsOfAlternatives(group, news))];
}

/** Checks everything that is known, property by property; what is unknown passes until it is known. */
export function problemsOf(schema: z.ZodObject, values: Properties): CheckFailure[] {
  const names = Object.keys(schema.shape);
  const unknownNames = Object.keys(values).filter((name) => !names.includes(name) && !name.startsWith("__"));
  return [
    ...unknownNames.map((name) => ({
      property: name,
      reason: `is an unknown property; expected one of ${names.join(", ")}`,
    })),
    ...names.flatMap((name) => problemsOfProperty(name, schema.shape[name] as z.ZodType, values[name])),
  ];
}

/** An unknown may yet turn out to be absent, so it excludes nothing. */
function problemsOfAlternatives({ names, required }: Alternatives, news: Properties): CheckFailure[] {
  const given = names.filter((name) => !isAbsent(news[name]));
  const [first, second] = given.filter((name) => !hasUnknown(news[name]));
  if (first && second) return [{ property: first, reason: `must not be given beside ${second}; give one of them` }];
  if (given.length > 0 || !required) return [];
  return [{ property: names[0] ?? "", reason: `is missing: give one of ${names.join(", ")}` }];
}

/** Says what kind of thing a value is, never the value. */
export function describeKind(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return { object: "an object", undefined: "nothing" }[typeof value as string] ?? `a ${typeof value}`;
}

function problemsOfProperty(name: string, schema: z.ZodType, value: unknown): CheckFailure[] {
  if (isAbsent(value)) {
    return schema.safeParse(undefined).success ? [] : [{ property: name, reason: "is required" }];
  }
  if (hasUnknown(value)) return [];
  const result = schema.safeParse(value);
  if (result.success) return [];
  const { textOr } = schema.meta() ?? {};
  if (textOr && typeof value !== "string") return [{ property: name, reason: notTextReason(value, textOr) }];
  return result.error.issues.map((issue) => ({
    property: [name, ...issue.path].join("."),
    reason: reasonOf(issue, value),
  }));
}

/** Why this is not free text, and what to do: JSON may have been meant, or YAML has taken a text for something else. */
export function notTextReason(value: unknown, otherwise?: string): string {
  const remedy = typeof value === "object" ? "JSON.stringify it" : "quote it";
  const remedies = otherwise === undefined ? remedy : `${remedy}, or ${otherwise}`;
  return `must be a string, not ${describeKind(value)}${isAbsent(value) ? "" : `; ${remedies}`}`;
}

/** zod's own texts can quote the input, so only what a rule of ours wrote is passed on. */
function reasonOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === "custom") return issue.message;
  if (issue.code === "invalid_value") return `must be one of ${issue.values.join(", ")}`;
  const found = at(value, issue.path);
  const expected = issue.code === "invalid_type" ? issue.expected : "valid value";
  const remedy = expected === "string" && isScalar(found) ? "; quote it" : "";
  return `must be a ${expected}, not ${describeKind(found)}${remedy}`;
}

/** What YAML makes of text without quotes. */
export function isScalar(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean";
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
