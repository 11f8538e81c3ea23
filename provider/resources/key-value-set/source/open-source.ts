import { type Asset, assetHash, assetProblem, isAsset } from "../../../pulumi/asset";
import type { CheckFailure, Properties } from "../../../pulumi/resource-provider";
import { hasUnknown, isAbsent, isUnknown } from "../../../pulumi/validate";
import { type Archive, archiveProblem, isArchive } from "./archive";
import { ArchiveSource } from "./archive-source";
import { EntryFiles } from "./entry-files";
import { Remarks } from "./remarks";
import type { Source, SourceFormat, SourceOptions } from "./source";
import { textFormats } from "./text-format";
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

/** Inputs that say how a source is read, with what of it cannot be read so. */
export function readingProblems({ source, format, ...inputs }: Properties): CheckFailure[] {
  const given = readingInputs.filter((name) => !isAbsent(inputs[name]));
  if (isAbsent(source)) return given.map((property) => ({ property, reason: "is about a source, and none is given" }));
  if (hasUnknown(source) || !isReadable(source) || isUnknown(format)) return [];
  const failures: CheckFailure[] = [];
  const ofSource = isArchive(source) ? archiveFormats : ["auto", ...textFormats];
  if (!isAbsent(format) && format !== "auto" && !ofSource.includes(format as SourceFormat)) {
    const reason = isArchive(source)
      ? `is ${format}, which a file or a text can be, and the source is an archive: give files or entries`
      : `is ${format}, which an archive can be, and the source is a file or a text`;
    failures.push({ property: "format", reason });
  }
  for (const property of given) {
    if (!isArchive(source))
      failures.push({ property, reason: "is about the files of an archive, and the source is a file or a text" });
    else if (format === "entries" && !filterInputs.includes(property))
      failures.push({ property, reason: "is about files that are keys, and with format: entries they hold entries" });
  }
  return failures;
}

const archiveFormats: readonly SourceFormat[] = ["files", "entries"];
const filterInputs = ["include", "exclude"];
const readingInputs = [...filterInputs, "stripExtension", "fileMetadata", "contentType"];

function isReadable(source: unknown): source is Asset | Archive {
  return sourceProblem(source) === undefined;
}

/** Opens nothing yet. The source must be one without a `sourceProblem`. */
export function openSource(source: Asset | Archive, options: SourceOptions = {}): Source {
  const filled = { ...options, remarks: options.remarks ?? new Remarks() };
  if (!isArchive(source)) return new TextSource(source, filled);
  return options.format === "entries" ? new EntryFiles(source, filled) : new ArchiveSource(source, filled);
}
