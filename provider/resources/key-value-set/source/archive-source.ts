import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { valueProblem } from "../../../kv/entry";
import { type Asset, sha256 } from "../../../pulumi/asset";
import { isSystemError, requireSameHash, systemReason } from "../../asset-content";
import { formOf } from "../../key-value/value";
import { type Archive, filesOf } from "./archive";
import { type Batch, EntryCollector, type Problem, type RawEntry } from "./declared-entry";
import type { ArchiveFile } from "./directory";
import { FileMetadata } from "./file-metadata";
import type { OpenOptions, Source } from "./source";
import { beginsWith, byteOrderMark } from "./text";

const mebibyte = 1024 * 1024;

/** A directory, or assets: each file is an entry, its name in the archive the key and its bytes the value. */
export class ArchiveSource implements Source {
  readonly #archive: Archive;
  readonly #options: OpenOptions;

  constructor(archive: Archive, options: OpenOptions) {
    this.#archive = archive;
    this.#options = options;
  }

  /** That of a whole archive is of the engine's own making. */
  get isHashed(): boolean {
    return false;
  }

  async verify(): Promise<void> {}

  /** Each batch knows its files. */
  place(): string {
    return "source";
  }

  async *batches(): AsyncGenerator<Batch> {
    const { hidesKeys, chunkBytes = mebibyte } = this.#options;
    const report = ({ place, reason }: Problem) => collector.refuse(hidesKeys ? "source" : place, reason);
    let some = new FilesAtOnce(hidesKeys === true);
    const collector = new EntryCollector(
      (position, member, reason) => ({
        place: some.place(position),
        reason: member === "value" ? reason : `${member} ${reason}`,
      }),
      this.#options,
    );
    const { remarks, stripExtension } = this.#options;
    const metadata = new FileMetadata(this.#options);
    const contents = new Contents();
    let bytes = 0;
    let areAllEntries = true;
    for await (const file of filesOf(this.#archive, this.#options, report)) {
      const position = some.add(file);
      const key = stripExtension === true ? withoutExtension(file.name) : file.name;
      const entry = { key, metadata: metadata.of(file.name) };
      const content = addFile(file.asset, entry, position, contents, collector);
      bytes += fileCost + content.length;
      if (beginsWith(content, byteOrderMark)) remarks.byteOrderMark();
      areAllEntries &&= entriesStart.test(content.toString("latin1", 0, shownBytes));
      if (bytes < chunkBytes) continue;
      yield { ...collector.drain(), place: some.place };
      some = some.next();
      bytes = 0;
      // Files are read synchronously, which is several times faster; others must get their turn.
      await setImmediate();
    }
    remarks.unmatched(metadata.unmatched);
    if (areAllEntries && some.count > 0) remarks.onlyEntryFiles(some.count);
    yield { ...collector.drain(), place: some.place };
  }
}

/** The files of one batch: those of all would take more memory than all that is kept of them. */
class FilesAtOnce {
  readonly #hidesKeys: boolean;
  readonly #first: number;
  readonly #files: ArchiveFile[] = [];

  constructor(hidesKeys: boolean, first = 0) {
    this.#hidesKeys = hidesKeys;
    this.#first = first;
  }

  /** Of them and all before them. */
  get count(): number {
    return this.#first + this.#files.length;
  }

  next(): FilesAtOnce {
    return new FilesAtOnce(this.#hidesKeys, this.count);
  }

  /** Answers its position. */
  add(file: ArchiveFile): number {
    this.#files.push(file);
    return this.count - 1;
  }

  readonly place = (position: number): string => {
    if (this.#hidesKeys) return `source, file ${position + 1}`;
    return this.#files[position - this.#first]?.place ?? "source";
  };
}

/** How an array of entries begins, as far as this many bytes show it. */
const entriesStart = /^\s*\[\s*\{[^{}]*"key"\s*:\s*"/;
const shownBytes = 1024;
const nothing = Buffer.alloc(0);
const firstScratchBytes = 64 * 1024;

/** So many bytes are read in the time it takes to open a file. */
const fileCost = 8 * 1024;

/** `.html` goes, of `.gitkeep` nothing. */
function withoutExtension(name: string): string {
  return name.slice(0, name.length - path.extname(name).length);
}

/** Answers what it has read, which stands until the next is read. */
function addFile(
  asset: Asset,
  entry: RawEntry,
  position: number,
  contents: Contents,
  collector: EntryCollector,
): Buffer {
  try {
    const content = contents.of(asset);
    if (typeof content !== "string") {
      if (asset.hash) requireSameHash(asset, sha256(content));
      collector.add({ ...entry, ...formOf(content) }, position);
      return content;
    }
    collector.report(position, "value", content);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    collector.report(position, "value", `cannot be read: ${systemReason(error)}`);
  }
  collector.check({ ...entry, value: "" }, position);
  return nothing;
}

/** Opening a named pipe waits for nobody. */
const withoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Reads one file after another into the same bytes: a buffer for each would be most of the work. */
class Contents {
  #scratch = Buffer.alloc(firstScratchBytes);

  /** What is in it, until the next is read; or a sentence where it can be no value. */
  of({ path: file, text = "" }: Asset): Buffer | string {
    if (!file) return valueProblem(Buffer.byteLength(text)) ?? Buffer.from(text);
    const descriptor = openSync(file, withoutWaiting);
    try {
      const stat = fstatSync(descriptor);
      if (!stat.isFile()) return "is not a file";
      return valueProblem(stat.size) ?? this.#read(descriptor, stat.size);
    } finally {
      closeSync(descriptor);
    }
  }

  #read(descriptor: number, size: number): Buffer {
    if (this.#scratch.length < size) this.#scratch = Buffer.alloc(size);
    let length = 0;
    for (let read = -1; length < size && read !== 0; length += read)
      read = readSync(descriptor, this.#scratch, length, size - length, length);
    return this.#scratch.subarray(0, length);
  }
}
