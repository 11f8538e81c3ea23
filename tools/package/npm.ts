import { run } from "./run";

/**
 * Runs npm, and answers what it prints. Below `npm run` it is the very npm, which needs no shell, as `npm.cmd` on Windows
 * would.
 */
export function npm(cwd: string, ...args: string[]): string {
  const { npm_execpath: script } = process.env;
  const [file, before] = script === undefined ? ["npm", []] : [process.execPath, [script]];
  return run(cwd, file, ...before, ...args).trim();
}
