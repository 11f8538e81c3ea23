import { isUtf8 } from "node:buffer";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { type FileHandle, mkdir, open, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import type { FoundValue } from "../kv/stored-value";
import { counted } from "../resources/key-value-set/format";
import { ExportError } from "./export-error";

export const exportFormats = ["ndjson", "json", "files"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Where the keys go. */
export interface Output {
  /** True where an earlier export has written something. */
  readonly hasBegun: boolean;
  /** True where an earlier export has written this key. */
  isDone(key: string): boolean;
  write(key: string, found: FoundValue): Promise<void>;
  /** Nothing more comes. */
  finish(): Promise<void>;
  /** Whatever has happened. */
  close(): Promise<void>;
  /** What there is to say of what was written. */
  remarks(): string[];
  /** True where keys were left out. */
  readonly isPartial: boolean;
}

export interface OutputOptions {
  readonly format: ExportFormat;
  /** Undefined for standard output. */
  readonly file: string | undefined;
  readonly resume: boolean;
  readonly prefix: string;
}

/** @throws ExportError where there is something already, and nobody has said to go on with it. */
export async function openOutput({ format, file, resume, prefix }: OutputOptions): Promise<Output> {
  if (file === undefined) return new TextOutput(format, new StreamSink(process.stdout));
  if (existsSync(file) && !statSync(file).isFile() && format !== "files")
    return new TextOutput(format, new FileSink(await open(file, "w"), null));
  if (existsSync(file) && !resume) {
    const what = format === "files" ? "folder" : "file";
    throw new ExportError(`${file} is there already: give --resume to go on with it, or another ${what}.`);
  }
  if (format === "files") return new FilesOutput(file, resume && existsSync(file));
  const handle = await open(file, resume && existsSync(file) ? "r+" : "wx");
  try {
    const { lastKey, length } = await endOf(handle, file, format);
    if (lastKey !== undefined && !lastKey.startsWith(prefix))
      throw new ExportError(`${file} has keys without that prefix: it is of another export.`);
    await handle.truncate(length);
    return new TextOutput(format, new FileSink(handle, length), lastKey);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface Sink {
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

class FileSink implements Sink {
  readonly #handle: FileHandle;
  #position: number | null;

  /** @param position Null for what is no file, and has none. */
  constructor(handle: FileHandle, position: number | null) {
    this.#handle = handle;
    this.#position = position;
  }

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at, this.#position);
      at += bytesWritten;
      if (this.#position !== null) this.#position += bytesWritten;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

class StreamSink implements Sink {
  readonly #stream: NodeJS.WriteStream;
  #error: Error | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stream.on("error", (error) => {
      this.#error = error;
    });
  }

  async write(text: string): Promise<void> {
    if (this.#error) throw this.#error;
    if (!this.#stream.write(text)) await once(this.#stream, "drain");
  }

  async close(): Promise<void> {}
}

const bufferedChars = 1 << 16;

/** Entries as text, one in each line, so that a line that is whole tells how far an export has come. */
class TextOutput implements Output {
  readonly isPartial = false;
  readonly #format: ExportFormat;
  readonly #sink: Sink;
  readonly #lastKey: Buffer | undefined;
  #buffered = "";
  #isFirst: boolean;

  constructor(format: ExportFormat, sink: Sink, lastKey?: string) {
    this.#format = format;
    this.#sink = sink;
    this.#lastKey = lastKey === undefined ? undefined : Buffer.from(lastKey);
    this.#isFirst = lastKey === undefined;
  }

  get hasBegun(): boolean {
    return this.#lastKey !== undefined;
  }

  isDone(key: string): boolean {
    return this.#lastKey !== undefined && Buffer.compare(Buffer.from(key), this.#lastKey) <= 0;
  }

  async write(key: string, found: FoundValue): Promise<void> {
    const line = JSON.stringify(entryOf(key, found));
    const before = this.#format === "json" ? (this.#isFirst ? "[\n" : ",\n") : "";
    this.#isFirst = false;
    this.#buffered += before + line + (this.#format === "json" ? "" : "\n");
    if (this.#buffered.length >= bufferedChars) await this.#flush();
  }

  async finish(): Promise<void> {
    if (this.#format === "json") this.#buffered += this.#isFirst ? "[]\n" : "\n]\n";
  }

  async close(): Promise<void> {
    await this.#flush().finally(() => this.#sink.close());
  }

  remarks(): string[] {
    return [];
  }

  async #flush(): Promise<void> {
    const text = this.#buffered;
    this.#buffered = "";
    if (text !== "") await this.#sink.write(text);
  }
}

/** As a set and `wrangler kv bulk put` read it. */
function entryOf(key: string, { value, metadata, expiration }: FoundValue): object {
  const isText = typeof value === "string" || isUtf8(value);
  return {
    key,
    value: isText ? value.toString() : value.toString("base64"),
    ...(isText ? {} : { base64: true }),
    ...(metadata === null || metadata === undefined ? {} : { metadata }),
    ...(expiration === undefined ? {} : { expiration }),
  };
}

const firstTail = 1 << 16;

/** The last key that was written whole, and where the next is to be written. */
async function endOf(
  handle: FileHandle,
  file: string,
  format: ExportFormat,
): Promise<{ lastKey: string | undefined; length: number }> {
  const { size } = await handle.stat();
  if (size === 0) return { lastKey: undefined, length: 0 };
  const separator = format === "json" ? ",\n" : "\n";
  for (let length = Math.min(size, firstTail); ; length = Math.min(size, length * 8)) {
    const tail = Buffer.alloc(length);
    await handle.read(tail, 0, length, size - length);
    if (format === "json" && tail.subarray(-4).toString().endsWith("]\n"))
      throw new ExportError(`${file} is whole already: nothing is left to be done.`, 0);
    const end = tail.lastIndexOf(separator);
    const start = end < 1 ? -1 : tail.lastIndexOf("\n", end - 1);
    if (end >= 0 && (start >= 0 || length === size)) {
      const line = tail.subarray(start + 1, end).toString();
      const kept = size - length + end + (format === "json" ? 0 : separator.length);
      return { lastKey: keyOf(line.replace(/^\[/, ""), file), length: kept };
    }
    if (length === size) return { lastKey: undefined, length: 0 };
  }
}

function keyOf(line: string, file: string): string {
  try {
    const { key } = JSON.parse(line) as { readonly key?: unknown };
    if (typeof key === "string") return key;
  } catch {
    // What it says would quote the line.
  }
  throw new ExportError(`${file} is not what an export has written: give another file.`);
}

/** A file for each value; its path below the folder is the key. */
class FilesOutput implements Output {
  readonly #folder: string;
  readonly #unnamed: string[] = [];
  #withMore = 0;

  constructor(
    folder: string,
    readonly hasBegun: boolean,
  ) {
    this.#folder = folder;
  }

  isDone(key: string): boolean {
    return this.hasBegun && isFileName(key) && existsSync(path.join(this.#folder, key));
  }

  async write(key: string, { value, metadata, expiration }: FoundValue): Promise<void> {
    if (!isFileName(key)) {
      this.#unnamed.push(key);
      return;
    }
    const file = path.join(this.#folder, key);
    // A file that is there is whole.
    const part = `${file}${partSuffix}`;
    try {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(part, value);
      await rename(part, file);
    } catch (error) {
      if (!isInTheWay(error)) throw error;
      this.#unnamed.push(key);
      return;
    }
    if ((metadata ?? undefined) !== undefined || expiration !== undefined) this.#withMore++;
  }

  async finish(): Promise<void> {}

  async close(): Promise<void> {}

  get isPartial(): boolean {
    return this.#unnamed.length > 0;
  }

  remarks(): string[] {
    const some = this.#unnamed.slice(0, 5).map((key) => JSON.stringify(key));
    const examples = `${some.join(", ")}${this.#unnamed.length > some.length ? ", …" : ""}`;
    return [
      ...(this.#unnamed.length > 0
        ? [
            `${counted(this.#unnamed.length, "key")} cannot be a file's path, and ${this.#unnamed.length === 1 ? "is" : "are"} left out: ${examples}. Use --format ndjson.`,
          ]
        : []),
      ...(this.#withMore > 0
        ? [
            `${counted(this.#withMore, "key")} ${this.#withMore === 1 ? "has" : "have"} metadata or an expiration, which files do not hold.`,
          ]
        : []),
    ];
  }
}

const partSuffix = ".cloudflare-kv-part";
const longestName = 255 - partSuffix.length;

/** True where reading the folder gives the same key again. */
function isFileName(key: string): boolean {
  const steps = key.split("/");
  const isStep = (step: string) =>
    step !== "" && step !== "." && step !== ".." && Buffer.byteLength(step) <= longestName;
  return !key.includes("\0") && !(path.sep === "\\" && key.includes("\\")) && steps.every(isStep);
}

/** A key is a file, and the beginning of another key's path. */
function isInTheWay(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === "ENOTDIR" || code === "EEXIST" || code === "EISDIR";
}
