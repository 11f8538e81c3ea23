import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";

/** How to start a process. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

type OnLine = (line: string) => void;

/** A process whose output is read by the line; it finds the Node.js that runs this. */
export class Process {
  readonly exit: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(command: Command, onLine: OnLine, onErrorLine = onLine) {
    const env = { ...process.env, ...command.env };
    env.PATH = [path.dirname(process.execPath), env.PATH].join(path.delimiter);
    const child = spawn(command.file, command.args, { cwd: command.cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    this.exit = new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    this.exit.catch(() => {});
    createInterface({ input: child.stdout }).on("line", onLine);
    createInterface({ input: child.stderr }).on("line", onErrorLine);
    this.child = child;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Asks it to go, and after five seconds no longer asks. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null || !this.child.pid) return;
    const impatience = setTimeout(() => this.child.kill("SIGKILL"), 5_000);
    this.child.kill("SIGINT");
    await this.exit;
    clearTimeout(impatience);
  }

  /** Gives it no time for anything. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exit;
  }
}

/** Starts a server that prints its port as its first line, and returns it with its address. */
export async function startServer(command: Command, onLine: OnLine): Promise<[Process, string]> {
  let take: OnLine = () => {};
  const firstLine = new Promise<string>((resolve) => {
    take = (line) => {
      take = onLine;
      resolve(line);
    };
  });
  const server = new Process(command, (line) => take(line), onLine);
  const port = await Promise.race([firstLine, server.exit.then(() => "nothing")]);
  if (/^\d+$/.test(port)) return [server, `127.0.0.1:${port}`];
  await server.end();
  throw new Error(`${command.file} must print the port it listens on as its first line, and printed ${port}`);
}
