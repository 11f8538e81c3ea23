import { execFileSync } from "node:child_process";

/**
 * Runs npm, and answers what it prints. Below `npm run` it is the very npm, which needs no shell, as `npm.cmd` on Windows
 * would.
 */
export function npm(cwd: string, ...args: string[]): string {
  const { npm_execpath: script } = process.env;
  const [file, before] = script === undefined ? ["npm", []] : [process.execPath, [script]];
  return execFileSync(file, [...before, ...args], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}
