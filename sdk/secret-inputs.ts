import * as pulumi from "@pulumi/pulumi";
import { type Path, secretPath } from "../provider/pulumi/secret-inputs";

/**
 * Tells which inputs are secret, as paths: Pulumi's dynamic process gets them in clear, and what the provider says, or
 * derives from them, must not show them. Undefined where none is.
 */
export async function secretInputs(args: object): Promise<string[] | undefined> {
  const paths = await pathsIn(args, []);
  return paths.length > 0 ? [...new Set(paths)].sort() : undefined;
}

async function pathsIn(value: unknown, path: Path): Promise<string[]> {
  if (pulumi.Output.isInstance(value)) return (await pulumi.isSecret(value)) ? [secretPath(path)] : [];
  if (value instanceof Promise) return pathsIn(await value, path);
  if (typeof value !== "object" || value === null || pulumi.Resource.isInstance(value)) return [];
  const members: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const found = await Promise.all(members.map(([step, member]) => pathsIn(member, [...path, step])));
  return [...new Set(found.flat())];
}
