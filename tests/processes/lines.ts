import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** What a process prints, line by line. */
export function linesOf({ stdout }: ChildProcess): AsyncIterator<string> {
  if (stdout === null) throw new Error("The command has no stdout.");
  return createInterface(stdout)[Symbol.asyncIterator]();
}
