import {
  appendFileSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, findCommand, hasBegunAfter, isAlive, isRunning } from "./command";
import { fatesIn } from "./fates";
import { nameHash } from "./name-hash";

/** Where the providers of one user tell each other what they know. */
export function runFolder(): string {
  // A user may have no name: in a container, say, that runs with any number.
  const uid = process.getuid?.();
  return join(tmpdir(), uid === undefined ? "pulumi-cloudflare-kv" : `pulumi-cloudflare-kv-${uid}`);
}

/** Longest time in which the file of an ended process of another command may still count, in milliseconds. */
export const graceMs = 60_000;
const chunkBytes = 1024 * 1024;
/** What ended commands have deleted. The file that is full takes the place of the one before it. */
const memory = "deleted";
const formerMemory = "deleted.before";
const maxMemoryBytes = 1024 * 1024;
/** Two files of one millisecond have different names. */
let opened = 0;

/** What the name of a file says: which operation, which command, which process. */
export interface FileName {
  readonly text: string;
  /** Of the engine's address. */
  readonly operation: string;
  /** Text of the command: its process, and when that started. */
  readonly command: string;
  /** Of the folder that the engine has started the process in: the project's. */
  readonly place: string;
  readonly pid: number;
  /** When the process began to tell, in unix milliseconds. */
  readonly startedAt: number;
}

/** `<operation>.<command's pid>-<start>.<place>.<pid>.<time>.<count>` */
export function parseFileName(text: string): FileName | undefined {
  const parts = /^([0-9a-f]+)\.(\d+-\w*)\.([0-9a-f]+)\.(\d+)\.(\w+)\.\d+$/.exec(text);
  if (!parts) return undefined;
  const [, operation = "", command = "", place = "", pid, time = ""] = parts;
  return { text, operation, command, place, pid: Number(pid), startedAt: Number.parseInt(time, 36) };
}

/** The files of a folder, as one process of one operation sees them. Everything here may throw what `node:fs` throws. */
export class RunFiles {
  readonly #operation: string;
  readonly #folder: string;
  readonly #pid: number;
  #command: Command | undefined;
  #own: number | undefined;
  #isPrivate = false;
  readonly #pastRead = new Set<string>();

  /** `address` is that of the engine: all processes of one operation have it in common. */
  constructor(address: string, { folder = runFolder(), pid = process.pid } = {}) {
    this.#operation = nameHash(address).toString(16);
    this.#folder = folder;
    this.#pid = pid;
  }

  get folder(): string {
    return this.#folder;
  }

  get operation(): string {
    return this.#operation;
  }

  get command(): string {
    const { pid, startedAt } = this.#found;
    return `${pid}-${startedAt}`;
  }

  /** True where the command is the CLI's: then its earlier operation was the preview of this one. */
  get isCommandKnown(): boolean {
    return this.#found.isCli;
  }

  /** Throws where the folder is gone. */
  get #place(): string {
    return nameHash(process.cwd()).toString(16);
  }

  /** Looked up once: on some systems that starts a process. */
  get #found(): Command {
    this.#command ??= findCommand();
    return this.#command;
  }

  /** Appends a line to this process's own file; the first one makes it. */
  append(line: string): void {
    this.#own ??= this.#create();
    const bytes = Buffer.from(`${line}\n`);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#own, bytes, at);
  }

  /** The files of the other processes of this operation. */
  others(): FileName[] {
    return this.#names().filter(({ operation, pid }) => operation === this.#operation && pid !== this.#pid);
  }

  /** The files of all operations of this command but this process's own of this one: those of a preview among them. */
  ofCommand(): FileName[] {
    const isOwn = ({ operation, pid }: FileName) => operation === this.#operation && pid === this.#pid;
    const isOfCommand = ({ command, place }: FileName) => command === this.command && place === this.#place;
    return this.#names().filter((name) => isOfCommand(name) && !isOwn(name));
  }

  open({ text }: Pick<FileName, "text">): FileReader {
    return new FileReader(join(this.#folder, text));
  }

  close(): void {
    if (this.#own !== undefined) closeSync(this.#own);
    this.#own = undefined;
  }

  /** Removes the files of commands that have ended, and those of this process but for its last operation. */
  #sweep(): void {
    const names = this.#names();
    const own = names.filter(({ pid }) => pid === this.#pid).sort((a, b) => a.startedAt - b.startedAt);
    const isUsed = ({ command, pid, startedAt }: FileName) =>
      isRunning(parseCommand(command)) || (isAlive(pid) && !hasBegunAfter(pid, startedAt));
    const ended = names.filter((name) => !isUsed(name));
    for (const name of [...own.slice(0, -1), ...ended]) {
      try {
        this.#remember(name);
        unlinkSync(join(this.#folder, name.text));
      } catch {
        // Another process was faster.
      }
    }
  }

  /** Of what a process has told only this is of use after its command: what it has deleted. */
  #remember(name: FileName): void {
    const lines = fatesIn(this.#linesOf(name)).lines();
    if (lines.length === 0) return;
    const path = join(this.#folder, memory);
    const { size = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (size > maxMemoryBytes) renameSync(path, join(this.#folder, formerMemory));
    appendFileSync(path, `${lines.join("\n")}\n`, { mode: 0o600 });
  }

  /**
   * What all processes have told since a time, in unix milliseconds, that are not of this operation, ended ones too: the
   * lines of each. A file in which nothing was written since is not opened, nor one that was read before.
   */
  past(since: number): string[][] {
    const others = this.#names().filter(({ operation }) => operation !== this.#operation);
    // What is swept away meanwhile is in the memory, which is read last.
    const names = [...others, { text: formerMemory }, { text: memory }];
    const isRecent = ({ text }: Pick<FileName, "text">) => {
      const stat = statSync(join(this.#folder, text), { throwIfNoEntry: false });
      return stat !== undefined && stat.mtimeMs >= since;
    };
    const due = names.filter((name) => !this.#pastRead.has(name.text) && isRecent(name));
    for (const { text } of due) this.#pastRead.add(text);
    return due.map((name) => unlessGone(() => this.#linesOf(name)) ?? []);
  }

  #linesOf(name: Pick<FileName, "text">): string[] {
    const reader = this.open(name);
    try {
      return reader.lines();
    } finally {
      reader.close();
    }
  }

  #create(): number {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#sweep();
    const name = `${this.#operation}.${this.command}.${this.#place}.${this.#pid}.${Date.now().toString(36)}.${opened++}`;
    return openSync(join(this.#folder, name), "ax", 0o600);
  }

  #names(): FileName[] {
    const names = namesIn(this.#folder);
    if (!this.#isPrivate && names !== undefined) requirePrivate(this.#folder);
    this.#isPrivate ||= names !== undefined;
    return (names ?? []).flatMap((text) => parseFileName(text) ?? []);
  }
}

/** Reads what was appended since the last time. */
export class FileReader {
  readonly #path: string;
  #file: number | undefined;
  #rest = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** Whole lines; what is still being written comes the next time. */
  lines(): string[] {
    this.#file ??= openSync(this.#path, "r");
    const parts = [this.#rest];
    for (;;) {
      const chunk = Buffer.allocUnsafe(parts.length === 1 ? 4096 : chunkBytes);
      const count = readSync(this.#file, chunk);
      if (count === 0) break;
      parts.push(chunk.subarray(0, count));
    }
    if (parts.length === 1) return [];
    const bytes = Buffer.concat(parts);
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.#rest = bytes.subarray(end);
    return end === 0 ? [] : bytes.toString("utf8", 0, end - 1).split("\n");
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** @throws Error where others could read or write the folder. */
function requirePrivate(folder: string): void {
  const found = lstatSync(folder);
  if (!found.isDirectory()) throw new Error("it is not a folder");
  if (process.platform === "win32") return;
  if (found.uid !== process.getuid?.()) throw new Error("it belongs to another user");
  if ((found.mode & 0o077) !== 0) throw new Error("it is open to other users");
}

/** Undefined where there is no such folder. */
function namesIn(folder: string): string[] | undefined {
  return unlessGone(() => readdirSync(folder));
}

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parseCommand(text: string): Pick<Command, "pid" | "startedAt"> {
  const [pid = "", startedAt = ""] = text.split("-");
  return { pid: Number(pid), startedAt };
}
