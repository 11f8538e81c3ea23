import { type Dirent, lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Asset } from "../../../pulumi/asset";
import { systemReason } from "../../asset-content";
import { compareCodePoints } from "../manifest/manifest";
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
  readonly #directory: Directory;
  readonly #inner: string;
  readonly #target: string | undefined;
  readonly name: string;

  /**
   * @param inner its path inside the directory, with slashes.
   * @param target where the file is, if that is elsewhere: a link was followed.
   */
  constructor(directory: Directory, inner: string, name: string, target: string | undefined) {
    this.#directory = directory;
    this.#inner = inner;
    this.#target = target;
    this.name = name;
  }

  get place(): string {
    return this.#directory.placeOf(this.#inner);
  }

  get asset(): Asset {
    return { path: this.#target ?? this.#directory.pathOf(this.#inner) };
  }
}

/** So many names are looked at before others get their turn. */
const seenAtOnce = 1000;

/** Pulumi's own folder, which an archive of a directory leaves out. */
const bookkeepingName = ".pulumi";

/** What a step of the walk finds; undefined where others should get their turn. */
type Found = ArchiveFile | undefined;

/** Something in a directory. */
interface Member {
  /** Its path below the root, with slashes. */
  readonly name: string;
  /** The same as it is in the archive. */
  readonly named: string;
  readonly path: string;
  readonly kind: Dirent | Stats;
  /** Where a link leads that was followed, to it or to a directory above it. */
  readonly isElsewhere: boolean;
}

/** A directory that is listed: its real path, and those of the ones that led to it. */
type Trail = readonly [directory: string, ...above: string[]];

/** A directory on this machine, as an archive. */
export class Directory {
  readonly #root: string;
  readonly #filter: FileFilter;
  readonly #folder: string;
  readonly #report: (problem: Problem) => void;
  #realRoot = "";
  #seen = 0;

  /**
   * @param folder what it is in an archive: the names of its files begin so.
   * @param report takes what is wrong with it.
   */
  constructor(root: string, filter: FileFilter, folder: string, report: (problem: Problem) => void) {
    this.#root = root;
    this.#filter = filter;
    this.#folder = folder;
    this.#report = report;
  }

  /**
   * Its files and those of the directories in it, hidden ones too, in the byte order of their names. Links to what is
   * inside are followed; a link that leaves the directory, or that never ends, is a problem, unless it is excluded.
   */
  async *files(): AsyncGenerator<ArchiveFile> {
    const realRoot = this.#attempt("", () => realpathSync.native(this.#root));
    if (realRoot === undefined) return;
    this.#realRoot = realRoot;
    for (const file of this.#walk("", [realRoot], false)) {
      if (file) yield file;
      else await setImmediate();
    }
  }

  /** How messages name what is in it. */
  placeOf(inner: string): string {
    return path.posix.join(this.#root, inner);
  }

  pathOf(inner: string): string {
    return `${this.#realRoot}${path.sep}${inner}`;
  }

  /** Directories are read synchronously, which is several times faster. */
  *#walk(name: string, trail: Trail, isElsewhere: boolean): Generator<Found> {
    const members: Member[] = [];
    for (const child of this.#children(name, trail)) {
      if (++this.#seen % seenAtOnce === 0) yield undefined;
      if (child.name === bookkeepingName) continue;
      const childName = name === "" ? child.name : `${name}/${child.name}`;
      const member = this.#attempt(childName, () => this.#visit(child, childName, trail, isElsewhere));
      if (member) members.push(member);
    }
    members.sort((a, b) => compareCodePoints(placeInOrder(a), placeInOrder(b)));
    for (const member of members) {
      const { kind, named, path: realPath } = member;
      if (kind.isDirectory()) yield* this.#walk(member.name, [realPath, ...trail], member.isElsewhere);
      else if (!kind.isFile()) this.#refuse(member.name, "is not a regular file");
      else if (this.#filter.takes(named))
        yield new DirectoryFile(this, member.name, named, member.isElsewhere ? realPath : undefined);
    }
  }

  #children(name: string, [directory]: Trail): Dirent[] {
    return this.#attempt(name, () => readdirSync(directory, { withFileTypes: true })) ?? [];
  }

  /** Undefined for what is left out already. */
  #visit(child: Dirent, name: string, trail: Trail, isElsewhere: boolean): Member | undefined {
    const childPath = `${trail[0]}${path.sep}${child.name}`;
    const isUnreadable = child.name.includes("\ufffd") && !exists(childPath);
    const isOrdinary = child.isDirectory() || (child.isFile() && !isUnreadable);
    const named = nameIn(this.#folder, name);
    if (!isOrdinary && this.#filter.excludes(named)) return this.#filter.leaveOut(named);
    if (isUnreadable) return this.#refuse(name, "has a name that is not UTF-8, so it can be no key");
    if (!child.isSymbolicLink()) return { name, named, path: childPath, kind: child, isElsewhere };
    const target = this.#targetOf(childPath, name);
    if (target === undefined) return undefined;
    if (this.#isOutside(target)) return this.#refuse(name, outsideReason);
    if (trail.includes(target)) return this.#refuse(name, "is a link to a directory that it is in");
    return { name, named, path: target, kind: statSync(target), isElsewhere: true };
  }

  #targetOf(link: string, name: string): string | undefined {
    try {
      return realpathSync.native(link);
    } catch (error) {
      return this.#refuse(name, `is a link that cannot be followed: ${systemReason(error)}`);
    }
  }

  #isOutside(target: string): boolean {
    const relative = path.relative(this.#realRoot, target);
    return relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
  }

  /** Undefined where it fails, which is told. */
  #attempt<T>(name: string, step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      if (name !== "" && this.#filter.excludes(nameIn(this.#folder, name))) return undefined;
      return this.#refuse(name, `cannot be read: ${systemReason(error)}`);
    }
  }

  #refuse(name: string, reason: string): undefined {
    this.#report({ place: this.placeOf(name), reason });
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

/** A directory stands where its files do, whose names go on with a slash. */
function placeInOrder({ name, kind }: Member): string {
  return kind.isDirectory() ? `${name}/` : name;
}

function exists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
