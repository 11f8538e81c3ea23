import type { Dirent, Stats } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { systemReason } from "../../asset-content";
import type { Problem } from "./declared-entry";
import type { FileFilter } from "./file-filter";

/** A file in a directory. */
export interface DirectoryFile {
  /** Its path inside the directory, with slashes. */
  readonly name: string;
  /** The file itself, links followed. */
  readonly path: string;
}

export interface Listing {
  readonly files: readonly DirectoryFile[];
  readonly problems: readonly Problem[];
}

/** Pulumi's own folder, which an archive of a directory leaves out. */
const bookkeepingName = ".pulumi";

/**
 * The files of a directory and of those in it, hidden ones too. Links to what is inside are followed; a link
 * that leaves the directory, or that never ends, is a problem, unless it is excluded.
 *
 * @param nameOf what the filter knows a file by.
 */
export async function listDirectory(
  root: string,
  filter: FileFilter,
  nameOf: (name: string) => string,
): Promise<Listing> {
  const walk = new Walk(root, filter, nameOf);
  await walk.start();
  return walk;
}

class Walk implements Listing {
  readonly files: DirectoryFile[] = [];
  readonly problems: Problem[] = [];
  readonly #root: string;
  readonly #filter: FileFilter;
  readonly #nameOf: (name: string) => string;
  #realRoot = "";

  constructor(root: string, filter: FileFilter, nameOf: (name: string) => string) {
    this.#root = root;
    this.#filter = filter;
    this.#nameOf = nameOf;
  }

  async start(): Promise<void> {
    await this.#attempt("", async () => {
      this.#realRoot = await realpath(this.#root);
      await this.#walk("", [this.#realRoot]);
    });
  }

  /** `trail`: the real paths of the directory to be listed, first, and of those that led to it. */
  async #walk(name: string, trail: readonly string[]): Promise<void> {
    const [directory = ""] = trail;
    for (const child of await readdir(directory, { withFileTypes: true })) {
      if (child.name === bookkeepingName) continue;
      const childName = name === "" ? child.name : `${name}/${child.name}`;
      await this.#attempt(childName, () => this.#visit(child, childName, trail));
    }
  }

  async #visit(child: Dirent, name: string, trail: readonly string[]): Promise<void> {
    const [directory = ""] = trail;
    const childPath = path.join(directory, child.name);
    if (!child.isDirectory() && this.#filter.excludes(this.#nameOf(name))) {
      this.#filter.takes(this.#nameOf(name));
      return undefined;
    }
    if (child.name.includes("\ufffd") && !(await exists(childPath))) {
      return this.#refuse(name, "has a name that is not UTF-8, so it can be no key");
    }
    if (!child.isSymbolicLink()) return this.#take(child, name, childPath, trail);
    const target = await realpath(childPath).catch((error) => {
      this.#refuse(name, `is a link that cannot be followed: ${systemReason(error)}`);
    });
    if (target === undefined) return;
    if (this.#isOutside(target)) return this.#refuse(name, outsideReason);
    if (trail.includes(target)) return this.#refuse(name, "is a link to a directory that it is in");
    return this.#take(await stat(target), name, target, trail);
  }

  async #take(kind: Dirent | Stats, name: string, realPath: string, trail: readonly string[]): Promise<void> {
    if (kind.isDirectory()) return this.#walk(name, [realPath, ...trail]);
    if (!kind.isFile()) return this.#refuse(name, "is not a regular file");
    if (this.#filter.takes(this.#nameOf(name))) this.files.push({ name, path: realPath });
  }

  #isOutside(target: string): boolean {
    const relative = path.relative(this.#realRoot, target);
    return relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  }

  async #attempt(name: string, visit: () => Promise<void>): Promise<void> {
    try {
      await visit();
    } catch (error) {
      if (name !== "" && this.#filter.excludes(this.#nameOf(name))) return;
      this.#refuse(name, `cannot be read: ${systemReason(error)}`);
    }
  }

  #refuse(name: string, reason: string): void {
    this.problems.push({ place: placeInDirectory(this.#root, name), reason });
  }
}

const outsideReason =
  "is a link that leaves the directory: copy what it leads to, give both directories as folders of an asset archive, " +
  "or leave it out with exclude";

/** How messages name what is in a directory. */
export function placeInDirectory(root: string, name: string): string {
  return path.posix.join(root, name);
}

function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
