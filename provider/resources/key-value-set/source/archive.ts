import { quoted } from "../../../kv/quote";
import { type Asset, assetProblem, isAsset, signatureKey } from "../../../pulumi/asset";
import { compareCodePoints } from "../manifest/manifest";
import type { Problem } from "./declared-entry";
import { type ArchiveFile, listDirectory, nameIn } from "./directory";
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

export interface ArchiveListing {
  /** In the byte order of their names. */
  readonly files: readonly ArchiveFile[];
  readonly problems: readonly Problem[];
}

/** What the engine takes for a packed archive, by its name alone. */
const packedName = /\.(?:tar|tgz|tar\.gz|zip|jar)$/;

const maxShownLength = 60;

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

/** Opens directories, but no file. What is left out is remarked. */
export async function listArchive(
  archive: Archive,
  { include, exclude, remarks }: OpenOptions,
): Promise<ArchiveListing> {
  const filter = new FileFilter(include, exclude);
  const { files, problems } = await listMembers(archive, "", filter);
  remarks.leftOut(filter.leftOut);
  remarks.unmatched(filter.unmatched);
  return { files: files.sort((a, b) => compareCodePoints(a.name, b.name)), problems };
}

interface Members {
  readonly files: ArchiveFile[];
  readonly problems: readonly Problem[];
}

async function listMembers(archive: Archive, folder: string, filter: FileFilter): Promise<Members> {
  if (archive.path) return listDirectory(archive.path, filter, folder);
  const listings = await Promise.all(
    Object.entries(archive.assets ?? {}).map(([name, member]) => listMember(member, nameIn(folder, name), filter)),
  );
  return {
    files: listings.flatMap(({ files }) => files),
    problems: listings.flatMap(({ problems }) => problems),
  };
}

function listMember(member: Asset | Archive, name: string, filter: FileFilter): Promise<Members> | Members {
  if (!isAsset(member)) return listMembers(member, name, filter);
  const file = { name, place: `source["${name.replaceAll('"', '\\"')}"]`, asset: member };
  return { files: filter.takes(name) ? [file] : [], problems: [] };
}

/** Short, and on one line. */
function shown(name: string): string {
  return quoted(name.length > maxShownLength ? `${name.slice(0, maxShownLength)}…` : name);
}
