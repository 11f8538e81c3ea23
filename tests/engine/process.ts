import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";

/** How to start a process, in the program's folder. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A process whose output is collected; the node that runs this runs it too. */
export class Process {
  readonly exit: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(command: Command, onLine: (line: string) => void) {
    const env = { ...process.env, ...command.env };
    env.PATH = [path.dirname(process.execPath), env.PATH].join(path.delimiter);
    this.child = spawn(command.file, command.args, { cwd: command.cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    this.exit = new Promise((resolve, reject) => this.child.once("error", reject).once("close", resolve));
    this.exit.catch(() => {});
    for (const output of [this.child.stdout, this.child.stderr]) {
      if (output) createInterface({ input: output }).on("line", onLine);
    }
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
}

/** Starts a server that prints its port as its first line, and returns it with its address. */
export async function startServer(command: Command, onLine: (line: string) => void): Promise<[Process, string]> {
  let onPort = (_line: string): void => {};
  const firstLine = new Promise<string>((resolve) => {
    onPort = resolve;
  });
  const server = new Process(command, (line) => {
    onPort(line);
    onLine(line);
  });
  const port = await Promise.race([firstLine, server.exit.then(() => "nothing")]);
  if (/^\d+$/.test(port)) return [server, `127.0.0.1:${port}`];
  await server.end();
  throw new Error(`${command.file} must print the port it listens on as its first line, and printed ${port}`);
}
