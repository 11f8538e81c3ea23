import { type Asset, assetHash, assetProblem, isAsset } from "../../../pulumi/asset";
import { type Archive, archiveProblem, isArchive } from "./archive";
import { ArchiveSource } from "./archive-source";
import { EntryFiles } from "./entry-files";
import { Remarks } from "./remarks";
import type { Source, SourceFormat, SourceOptions } from "./source";
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

/** Why a source of this kind cannot have that format. */
export function formatProblem(source: Asset | Archive, format: SourceFormat = "auto"): string | undefined {
  if (format === "auto") return undefined;
  const isOfArchives = archiveFormats.includes(format);
  if (isArchive(source) === isOfArchives) return undefined;
  return isOfArchives
    ? `is ${format}, which an archive can be, and the source is a file or a text`
    : `is ${format}, which a file or a text can be, and the source is an archive: give files or entries`;
}

const archiveFormats: readonly SourceFormat[] = ["files", "entries"];

/** Opens nothing yet. The source must be one without a `sourceProblem`. */
export function openSource(source: Asset | Archive, options: SourceOptions = {}): Source {
  const filled = { ...options, remarks: options.remarks ?? new Remarks() };
  if (!isArchive(source)) return new TextSource(source, filled);
  return options.format === "entries" ? new EntryFiles(source, filled) : new ArchiveSource(source, filled);
}
