import type { Path } from "./secret-inputs";

const plainName = /^[A-Za-z_$][\w$-]*$/;

/** A path as Pulumi writes it: `entries[2].metadata`, `values["any.key"]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!plainName.test(step)) return `${text}["${step.replaceAll('"', '\\"')}"]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** The name of the property that a path begins with. */
export function topLevel(path: string): string {
  return path.match(/^[^.[]+/)?.[0] ?? path.match(/^\["((?:[^"\\]|\\"|\\)*)"\]/)?.[1]?.replaceAll('\\"', '"') ?? path;
}
