import { readFileSync, statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { valueProblem } from "../../../kv/entry";
import { type Asset, sha256 } from "../../../pulumi/asset";
import { isSystemError, requireSameHash, systemReason } from "../../asset-content";
import { formOf } from "../../key-value/value";
import { type Archive, type ArchiveFile, listArchive } from "./archive";
import type { Batch } from "./declared-entry";
import { EntryCollector } from "./declared-entry";
import type { Source, SourceOptions } from "./source";

const mebibyte = 1024 * 1024;

/** A directory, or assets: each file is an entry, its name in the archive the key and its bytes the value. */
export class ArchiveSource implements Source {
  readonly #archive: Archive;
  readonly #options: SourceOptions;
  #files: readonly ArchiveFile[] = [];

  constructor(archive: Archive, options: SourceOptions) {
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
    const { keyPrefix, hidesKeys, chunkBytes = mebibyte } = this.#options;
    const { files, problems } = await listArchive(this.#archive);
    this.#files = files;
    yield { entries: [], problems: hidesKeys ? problems.map(({ reason }) => ({ place: "source", reason })) : problems };
    const collector = new EntryCollector(
      (position, member, reason) => ({
        place: this.place(position),
        reason: member === "key" ? `key ${reason}` : reason,
      }),
      keyPrefix,
    );
    let bytes = 0;
    for (const [position, file] of files.entries()) {
      bytes += fileCost + addFile(file, position, collector);
      if (bytes < chunkBytes) continue;
      yield collector.drain();
      bytes = 0;
      // Files are read synchronously, which is several times faster; others must get their turn.
      await setImmediate();
    }
    yield collector.drain();
  }
}

/** So many bytes are read in the time it takes to open a file. */
const fileCost = 8 * 1024;

/** Answers how many bytes it has read. */
function addFile({ key, asset }: ArchiveFile, position: number, collector: EntryCollector): number {
  try {
    const problem = contentProblem(asset);
    if (problem === undefined) {
      const bytes = asset.path ? readFileSync(asset.path) : Buffer.from(asset.text ?? "");
      if (asset.hash) requireSameHash(asset, sha256(bytes));
      collector.add({ key, ...formOf(bytes) }, position);
      return bytes.length;
    }
    collector.report(position, "value", problem);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    collector.report(position, "value", `cannot be read: ${systemReason(error)}`);
  }
  collector.validate({ key, value: "" }, position);
  return 0;
}

function contentProblem({ path, text = "" }: Asset): string | undefined {
  if (!path) return valueProblem(Buffer.byteLength(text));
  const stat = statSync(path);
  return stat.isFile() ? valueProblem(stat.size) : "is not a file";
}
