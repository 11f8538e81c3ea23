import { type Archive, filesOf } from "./archive";
import type { Batch, Problem } from "./declared-entry";
import type { OpenOptions, Source } from "./source";
import { TextSource } from "./text-source";

/** A directory, or assets, each of which holds entries, in any format of texts. */
export class EntryFiles implements Source {
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

  /** Each batch knows its file. */
  place(): string {
    return "source";
  }

  async *batches(): AsyncGenerator<Batch> {
    const problems: Problem[] = [];
    for await (const { asset, place } of filesOf(this.#archive, this.#options, (problem) => problems.push(problem))) {
      const file = new TextSource(asset, { ...this.#options, format: "auto" }, place);
      for await (const batch of file.batches()) yield { ...batch, place: (position) => file.place(position) };
    }
    yield { entries: [], problems };
  }
}
