import { type Dirent, lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Asset } from "../../../pulumi/asset";
import { systemReason } from "../../asset-content";
import type { Problem } from "./declared-entry";
import type { FileFilter } from "./file-filter";

/** A file of an archive. */
export interface ArchiveFile {
  /** Its path below the archive's root, with slashes. */
  readonly name: string;
  readonly place: string;
  readonly asset: Asset;
}

/** A file in a directory. There may be very many: what follows from the rest is not held. */
class DirectoryFile implements ArchiveFile {
  readonly #root: string;
  readonly #inner: string;
  readonly #path: string;
  readonly name: string;

  /**
   * @param inner its path inside the directory, with slashes.
   * @param path the file itself, links followed.
   */
  constructor(root: string, inner: string, name: string, path: string) {
    this.#root = root;
    this.#inner = inner;
    this.#path = path;
    this.name = name;
  }

  get place(): string {
    return placeInDirectory(this.#root, this.#inner);
  }

  get asset(): Asset {
    return { path: this.#path };
  }
}

interface Listing {
  readonly files: ArchiveFile[];
  readonly problems: readonly Problem[];
}

/** So many names are looked at before others get their turn. */
const seenAtOnce = 1000;

/** Pulumi's own folder, which an archive of a directory leaves out. */
const bookkeepingName = ".pulumi";

/**
 * The files of a directory and of those in it, hidden ones too. Links to what is inside are followed; a link
 * that leaves the directory, or that never ends, is a problem, unless it is excluded.
 *
 * @param folder what it is in an archive: the names of its files begin so.
 */
export async function listDirectory(root: string, filter: FileFilter, folder: string): Promise<Listing> {
  const walk = new Walk(root, filter, folder);
  await walk.start();
  return walk;
}

class Walk implements Listing {
  readonly files: ArchiveFile[] = [];
  readonly problems: Problem[] = [];
  readonly #root: string;
  readonly #filter: FileFilter;
  readonly #folder: string;
  #realRoot = "";
  #seen = 0;

  constructor(root: string, filter: FileFilter, folder: string) {
    this.#root = root;
    this.#filter = filter;
    this.#folder = folder;
  }

  async start(): Promise<void> {
    await this.#attempt("", () => {
      this.#realRoot = realpathSync.native(this.#root);
      return this.#walk("", [this.#realRoot]);
    });
  }

  /**
   * `trail`: the real paths of the directory to be listed, first, and of those that led to it. Directories are read
   * synchronously, which is several times faster; others get their turn.
   */
  async #walk(name: string, trail: readonly string[]): Promise<void> {
    const [directory = ""] = trail;
    for (const child of readdirSync(directory, { withFileTypes: true })) {
      if (child.name === bookkeepingName) continue;
      const childName = name === "" ? child.name : `${name}/${child.name}`;
      const directories = this.#attempt(childName, () => this.#visit(child, childName, trail));
      if (directories) await directories;
      if (++this.#seen % seenAtOnce === 0) await setImmediate();
    }
  }

  /** Answers what it goes on with, where it is a directory. */
  #visit(child: Dirent, name: string, trail: readonly string[]): Promise<void> | undefined {
    const [directory = ""] = trail;
    const childPath = path.join(directory, child.name);
    const isUnreadable = child.name.includes("\ufffd") && !exists(childPath);
    const isOrdinary = child.isDirectory() || (child.isFile() && !isUnreadable);
    const named = nameIn(this.#folder, name);
    if (!isOrdinary && this.#filter.excludes(named)) return this.#filter.leaveOut(named);
    if (isUnreadable) return this.#refuse(name, "has a name that is not UTF-8, so it can be no key");
    if (!child.isSymbolicLink()) return this.#take(child, name, childPath, trail);
    const target = this.#targetOf(childPath, name);
    if (target === undefined) return undefined;
    if (this.#isOutside(target)) return this.#refuse(name, outsideReason);
    if (trail.includes(target)) return this.#refuse(name, "is a link to a directory that it is in");
    return this.#take(statSync(target), name, target, trail);
  }

  #targetOf(link: string, name: string): string | undefined {
    try {
      return realpathSync.native(link);
    } catch (error) {
      return this.#refuse(name, `is a link that cannot be followed: ${systemReason(error)}`);
    }
  }

  #take(kind: Dirent | Stats, name: string, realPath: string, trail: readonly string[]): Promise<void> | undefined {
    if (kind.isDirectory()) return this.#walk(name, [realPath, ...trail]);
    if (!kind.isFile()) return this.#refuse(name, "is not a regular file");
    const named = nameIn(this.#folder, name);
    if (this.#filter.takes(named)) this.files.push(new DirectoryFile(this.#root, name, named, realPath));
    return undefined;
  }

  #isOutside(target: string): boolean {
    const relative = path.relative(this.#realRoot, target);
    return relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  }

  #attempt(name: string, visit: () => Promise<void> | undefined): Promise<void> | undefined {
    const fail = (error: unknown) => {
      if (name === "" || !this.#filter.excludes(nameIn(this.#folder, name)))
        this.#refuse(name, `cannot be read: ${systemReason(error)}`);
      return undefined;
    };
    try {
      return visit()?.catch(fail);
    } catch (error) {
      return fail(error);
    }
  }

  #refuse(name: string, reason: string): undefined {
    this.problems.push({ place: placeInDirectory(this.#root, name), reason });
    return undefined;
  }
}

const outsideReason =
  "is a link that leaves the directory: copy what it leads to, give both directories as folders of an asset archive, " +
  "or exclude it (an exclude of your own takes the place of the default)";

/** An archive in an archive is a folder; the name `.` adds none. */
export function nameIn(folder: string, name: string): string {
  return folder === "" ? name : path.posix.join(folder, name);
}

/** How messages name what is in a directory. */
function placeInDirectory(root: string, name: string): string {
  return path.posix.join(root, name);
}

function exists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
