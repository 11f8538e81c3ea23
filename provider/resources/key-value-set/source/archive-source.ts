import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { valueProblem } from "../../../kv/entry";
import { type Asset, sha256 } from "../../../pulumi/asset";
import { isSystemError, requireSameHash, systemReason } from "../../asset-content";
import { formOf } from "../../key-value/value";
import { type Archive, listArchive } from "./archive";
import { type Batch, EntryCollector, type RawEntry } from "./declared-entry";
import type { ArchiveFile } from "./directory";
import { FileMetadata } from "./file-metadata";
import type { OpenOptions, Source } from "./source";
import { beginsWith, byteOrderMark } from "./text";

const mebibyte = 1024 * 1024;

/** A directory, or assets: each file is an entry, its name in the archive the key and its bytes the value. */
export class ArchiveSource implements Source {
  readonly #archive: Archive;
  readonly #options: OpenOptions;
  #files: readonly ArchiveFile[] = [];

  constructor(archive: Archive, options: OpenOptions) {
    this.#archive = archive;
    this.#options = options;
  }

  /** That of a whole archive is of the engine's own making. */
  get isHashed(): boolean {
    return false;
  }

  async verify(): Promise<void> {}

  place(position: number): string {
    if (this.#options.hidesKeys) return `source, file ${position + 1}`;
    return this.#files[position]?.place ?? "source";
  }

  async *batches(): AsyncGenerator<Batch> {
    const { hidesKeys, chunkBytes = mebibyte } = this.#options;
    const { files, problems } = await listArchive(this.#archive, this.#options);
    this.#files = files;
    yield { entries: [], problems: hidesKeys ? problems.map(({ reason }) => ({ place: "source", reason })) : problems };
    const collector = new EntryCollector(
      (position, member, reason) => ({
        place: this.place(position),
        reason: member === "value" ? reason : `${member} ${reason}`,
      }),
      this.#options,
    );
    const { remarks, stripExtension } = this.#options;
    const metadata = new FileMetadata(this.#options);
    let bytes = 0;
    let areAllEntries = files.length > 0;
    for (const [position, file] of files.entries()) {
      const key = stripExtension === true ? withoutExtension(file.name) : file.name;
      const entry = { key, metadata: metadata.of(file.name) };
      const content = addFile(file.asset, entry, position, collector);
      bytes += fileCost + content.length;
      if (beginsWith(content, byteOrderMark)) remarks.byteOrderMark();
      areAllEntries &&= entriesStart.test(content.toString("latin1", 0, shownBytes));
      if (bytes < chunkBytes) continue;
      yield collector.drain();
      bytes = 0;
      // Files are read synchronously, which is several times faster; others must get their turn.
      await setImmediate();
    }
    remarks.unmatched(metadata.unmatched);
    if (areAllEntries) remarks.onlyEntryFiles(files.length);
    yield collector.drain();
  }
}

/** How an array of entries begins, as far as this many bytes show it. */
const entriesStart = /^\s*\[\s*\{[^{}]*"key"\s*:\s*"/;
const shownBytes = 1024;
const nothing = Buffer.alloc(0);

/** So many bytes are read in the time it takes to open a file. */
const fileCost = 8 * 1024;

/** `.html` goes, of `.gitkeep` nothing. */
function withoutExtension(name: string): string {
  return name.slice(0, name.length - path.extname(name).length);
}

/** Answers what it has read. */
function addFile(asset: Asset, entry: RawEntry, position: number, collector: EntryCollector): Buffer {
  try {
    const problem = contentProblem(asset);
    if (problem === undefined) {
      const bytes = asset.path ? readFileSync(asset.path) : Buffer.from(asset.text ?? "");
      if (asset.hash) requireSameHash(asset, sha256(bytes));
      collector.add({ ...entry, ...formOf(bytes) }, position);
      return bytes;
    }
    collector.report(position, "value", problem);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    collector.report(position, "value", `cannot be read: ${systemReason(error)}`);
  }
  collector.check({ ...entry, value: "" }, position);
  return nothing;
}

function contentProblem({ path: file, text = "" }: Asset): string | undefined {
  if (!file) return valueProblem(Buffer.byteLength(text));
  const stat = statSync(file);
  return stat.isFile() ? valueProblem(stat.size) : "is not a file";
}
