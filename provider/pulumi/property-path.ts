import type { Path, PathStep } from "./secret-inputs";

const plainName = /^[A-Za-z_$][\w$]*$/;

/** A path as Pulumi writes it: `entries[2].metadata`, `values["any-key"]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>(appendStep, "");
}

/** The path, and one step more. */
export function appendStep(path: string, step: PathStep): string {
  if (typeof step === "number") return `${path}[${step}]`;
  if (!plainName.test(step)) return `${path}["${step.replaceAll('"', '\\"')}"]`;
  return path === "" ? step : `${path}.${step}`;
}

/** The name of the property that a path begins with. */
export function topLevel(path: string): string {
  return path.match(/^[^.[]+/)?.[0] ?? path.match(/^\["((?:[^"\\]|\\"|\\)*)"\]/)?.[1]?.replaceAll('\\"', '"') ?? path;
}
