import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DeclaredEntry, Problem } from "../../../../provider/resources/key-value-set/source/declared-entry";
import { openSource } from "../../../../provider/resources/key-value-set/source/open-source";
import type { SourceOptions } from "../../../../provider/resources/key-value-set/source/source";
import { asset } from "../../../../tools/wire";

export type Entry = Omit<DeclaredEntry, "position">;

export interface Reading {
  readonly entries: Entry[];
  /** The place of each entry. */
  readonly places: string[];
  /** Place and reason, as a message joins them. */
  readonly problems: string[];
}

/** Reads a source to its end. */
export async function read(source: object, options: SourceOptions = {}): Promise<Reading> {
  const opened = openSource(source, options);
  const reading: Reading = { entries: [], places: [], problems: [] };
  for await (const { entries, problems, place = (position: number) => opened.place(position) } of opened.batches()) {
    for (const { position, ...entry } of entries) {
      reading.entries.push(entry);
      reading.places.push(place(position));
    }
    reading.problems.push(...problems.map(message));
  }
  return reading;
}

export function readText(text: string, options?: SourceOptions): Promise<Reading> {
  return read(asset({ text }), options);
}

export function message({ place, reason }: Problem): string {
  return `${place}: ${reason}`;
}

/** An entry of which only this is declared. */
export function entry(declared: Partial<Entry>): Entry {
  return {
    key: "k",
    value: "v",
    base64: false,
    isJson: false,
    metadata: undefined,
    expiration: undefined,
    expirationTtl: undefined,
    ...declared,
  };
}

/** A folder that is gone after each test. */
export class Folder {
  #path = "";

  constructor() {
    beforeEach(() => {
      this.#path = mkdtempSync(path.join(tmpdir(), "source-"));
    });
    afterEach(() => rmSync(this.#path, { recursive: true }));
  }

  get path(): string {
    return this.#path;
  }

  at(...names: string[]): string {
    return path.join(this.#path, ...names);
  }

  write(name: string, content: string | Buffer): string {
    writeFileSync(this.at(name), content);
    return this.at(name);
  }
}
