import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { uptime } from "node:os";

/**
 * The Pulumi command that this process serves: the CLI's process, found among the ancestors. A preview and the update
 * that follows it have it in common. Where no CLI is found (an attached process, Windows behind a shell) it is the
 * parent, which may outlive many commands.
 */
export interface Command {
  readonly isCli: boolean;
  readonly pid: number;
  /** When it started, in whatever unit the system tells; empty where it does not tell. */
  readonly startedAt: string;
}

interface Ancestor extends Pick<Command, "pid" | "startedAt"> {
  readonly name: string;
  readonly parent: number;
}

/** Of the times in /proc, on all systems that Node.js runs on. */
const ticksPerSecond = 100;
/** The clock may have been set, and the system's times are rounded, in milliseconds. */
const clockErrorMs = 5000;
/** A launcher, a shell or a language host stands between a provider and the CLI. */
const mostLevels = 6;

export function findCommand(parent: number = process.ppid): Command {
  const direct = lookUp(parent);
  let found = direct;
  for (let level = 0; found && level < mostLevels; level++) {
    if (isCli(found.name)) return { isCli: true, pid: found.pid, startedAt: found.startedAt };
    found = found.parent > 1 ? lookUp(found.parent) : undefined;
  }
  return { isCli: false, pid: parent, startedAt: direct?.startedAt ?? "" };
}

/** False once the command has ended, also where another process has its id now. */
export function isRunning({ pid, startedAt }: Pick<Command, "pid" | "startedAt">): boolean {
  if (!isAlive(pid)) return false;
  return startedAt === "" || process.platform !== "linux" || lookUp(pid)?.startedAt === startedAt;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** True where the process with this id has begun after that time: on Linux, where it is cheap to see. */
export function hasBegunAfter(pid: number, timeMs: number): boolean {
  const ticks = process.platform === "linux" ? Number(inProc(pid)?.startedAt) : Number.NaN;
  const startedAtMs = Date.now() - 1000 * uptime() + (1000 * ticks) / ticksPerSecond;
  return startedAtMs > timeMs + clockErrorMs;
}

/** `pulumi`, and a copy under a longer name; but neither a language host nor a provider. */
function isCli(name: string): boolean {
  return /^pulumi(?!-language|-resource|-analyzer)/.test(name);
}

function lookUp(pid: number): Ancestor | undefined {
  if (process.platform === "linux") return inProc(pid);
  return process.platform === "win32" ? undefined : byPs(pid);
}

/** See proc_pid_stat(5): the name stands in parentheses, and may hold some itself. */
function inProc(pid: number): Ancestor | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    const fields = stat.slice(end + 2).split(" ");
    const name = stat.slice(stat.indexOf("(") + 1, end);
    return { pid, name, parent: Number(fields[1]), startedAt: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

function byPs(pid: number): Ancestor | undefined {
  const { status, stdout } = spawnSync("ps", ["-o", "ppid=,lstart=,comm=", "-p", String(pid)], { encoding: "utf8" });
  const [, parent, startedAt, path] = /^\s*(\d+)\s+(\S+ +\S+ +\S+ +\S+ +\S+)\s+(.*)$/m.exec(stdout ?? "") ?? [];
  if (status !== 0 || parent === undefined || startedAt === undefined || path === undefined) return undefined;
  const name = path.slice(path.lastIndexOf("/") + 1);
  return { pid, name, parent: Number(parent), startedAt: startedAt.replaceAll(/\W/g, "") };
}
