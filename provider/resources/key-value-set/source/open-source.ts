import { type Asset, assetHash, assetProblem, isAsset } from "../../../pulumi/asset";
import { type Archive, archiveProblem, isArchive } from "./archive";
import { ArchiveSource } from "./archive-source";
import type { Source, SourceOptions } from "./source";
import { TextSource } from "./text-source";

/** Checks the form, not what is in it. */
export function sourceProblem(value: unknown): string | undefined {
  if (isArchive(value)) return archiveProblem(value);
  if (isAsset(value)) return assetProblem(value, "values: {}");
  return "must be an Asset or an Archive, such as new pulumi.asset.FileAsset(path)";
}

/**
 * The hash by which the engine knows the contents. That of a directory does not cover which links there are to
 * directories, only the files themselves.
 */
export function sourceHash(source: Asset | Archive): string | undefined {
  return isArchive(source) ? source.hash || undefined : assetHash(source);
}

/** Opens nothing yet. The source must be one without a `sourceProblem`. */
export function openSource(source: Asset | Archive, options: SourceOptions = {}): Source {
  return isArchive(source) ? new ArchiveSource(source, options) : new TextSource(source, options);
}
