import { quoted } from "../../../kv/quote";
import { type Asset, assetProblem, isAsset, signatureKey, signed } from "../../../pulumi/asset";
import { compareCodePoints } from "../manifest/manifest";
import type { Problem } from "./declared-entry";
import { type ArchiveFile, Directory, nameIn } from "./directory";
import { FileFilter } from "./file-filter";
import type { OpenOptions } from "./source";

const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

/** An archive as it is on Pulumi's wire. Only Check and Create see what is in it; all see the hash. */
export interface Archive {
  /** Of the engine's own making, from the names and the bytes. */
  readonly hash?: string;
  /** A directory, relative to the project. */
  readonly path?: string;
  readonly assets?: Readonly<Record<string, Asset | Archive>>;
  readonly uri?: string;
}

/** What the engine takes for a packed archive, by its name alone. */
const packedName = /\.(?:tar|tgz|tar\.gz|zip|jar)$/;

const maxShownLength = 60;

export function directoryArchive(path: string): Archive {
  return signed(archiveSignature, { path });
}

export function isArchive(value: unknown): value is Archive {
  return typeof value === "object" && value !== null && Reflect.get(value, signatureKey) === archiveSignature;
}

/** Checks the form, not the files. */
export function archiveProblem({ path: packed = "", uri, assets = {} }: Archive): string | undefined {
  if (uri) return "must be a directory or assets of this machine, not a RemoteArchive; download it first";
  if (packedName.test(packed)) return `must be a directory, and ${packed} is a packed archive; unpack it first`;
  for (const [name, member] of Object.entries(assets)) {
    const problem = isArchive(member) ? archiveProblem(member) : assetProblem(member, "an entry of `values`");
    if (problem) return `has the member ${shown(name)}, which ${problem}`;
  }
  return undefined;
}

/**
 * The files, in the byte order of their names: directories are opened, but no file. What is left out is remarked in
 * the end.
 *
 * @param report takes what is wrong with the archive.
 */
export async function* filesOf(
  archive: Archive,
  { include, exclude, remarks }: OpenOptions,
  report: (problem: Problem) => void,
): AsyncGenerator<ArchiveFile> {
  const filter = new FileFilter(include, exclude);
  // Those of one directory come in order.
  if (archive.path) yield* new Directory(archive.path, filter, "", report).files();
  else yield* sorted(membersOf(archive, "", filter, report));
  remarks.leftOut(filter.leftOut);
  remarks.unmatched(filter.unmatched);
}

async function* sorted(members: AsyncIterable<ArchiveFile>): AsyncGenerator<ArchiveFile> {
  const files: ArchiveFile[] = [];
  for await (const file of members) files.push(file);
  yield* files.sort((a, b) => compareCodePoints(a.name, b.name));
}

async function* membersOf(
  { path: directory, assets = {} }: Archive,
  folder: string,
  filter: FileFilter,
  report: (problem: Problem) => void,
): AsyncGenerator<ArchiveFile> {
  if (directory) return yield* new Directory(directory, filter, folder, report).files();
  for (const [member, asset] of Object.entries(assets)) {
    const name = nameIn(folder, member);
    if (!isAsset(asset)) yield* membersOf(asset, name, filter, report);
    else if (filter.takes(name)) yield { name, place: `source["${name.replaceAll('"', '\\"')}"]`, asset };
  }
}

/** Short, and on one line. */
function shown(name: string): string {
  return quoted(name.length > maxShownLength ? `${name.slice(0, maxShownLength)}…` : name);
}
