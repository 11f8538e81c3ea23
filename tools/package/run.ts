import { spawnSync } from "node:child_process";

/**
 * Runs a command, and answers what it prints.
 *
 * @throws Error with all that it has printed, where it fails: some tell why on stdout.
 */
export function run(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${[command, ...args].join(" ")} failed in ${cwd}\n${error?.message ?? `${stdout}${stderr}`}`);
}
