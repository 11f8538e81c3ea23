import { existsSync } from "node:fs";
import type { Properties } from "../../pulumi/resource-provider";
import { isAbsent } from "../../pulumi/validate";
import { hasSameDefaults, isSameSource } from "./compare";
import { type Declaration, readDeclaration } from "./declaration";
import { Manifest } from "./manifest/manifest";

/** True for the source of the state whose file is gone. `ignoreChanges` keeps such a one, and means no harm by it. */
export function isSourceGone(olds: Properties, news: Properties): boolean {
  if (isAbsent(news.source) || !isSameSource(olds, news)) return false;
  const path = Reflect.get(news.source, "path");
  const isGone = typeof path === "string" && path !== "" && !existsSync(path);
  return isGone && hasSameDefaults(olds, news);
}

export function withoutSource({ source: _, ...rest }: Properties): Properties {
  return rest;
}

/** The inline entries, and in place of those of the source what the set knows to be stored of them. */
export async function withStoredSource(inline: Declaration, olds: Properties, stored: Manifest): Promise<Declaration> {
  const before = await readDeclaration(withoutSource(olds));
  const manifest = Manifest.empty();
  for (const [key, entry] of stored) if (!before.manifest.has(key)) manifest.set(key, entry);
  for (const [key, entry] of inline.manifest) manifest.set(key, entry);
  const isPartial = stored.digest() !== olds.sha256;
  return { ...inline, manifest, isPartial, bytes: bytesOf(olds, before, inline) };
}

function bytesOf({ bytes }: Properties, before: Declaration, inline: Declaration): number | undefined {
  if (inline.bytes === undefined || before.bytes === undefined) return undefined;
  return (bytes as number) - before.bytes + inline.bytes;
}
