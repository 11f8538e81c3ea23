import { join } from "node:path";
import { output } from "./command";

/**
 * One command of wrangler.
 *
 * @param folder Has wrangler in its `node_modules`.
 * @param project Where it runs, and keeps what is its own.
 */
export function wrangler(
  folder: string,
  project: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const own = { ...wranglerEnvironment(project), ...env };
  return output(process.execPath, [wranglerMain(folder), ...args], { cwd: project, env: own });
}

export function wranglerMain(folder: string): string {
  return join(folder, "node_modules", "wrangler", "bin", "wrangler.js");
}

/** It asks nothing, tells nobody, and writes to the project alone. */
export function wranglerEnvironment(project: string): Record<string, string> {
  const quiet = { CI: "true", NO_COLOR: "1", WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };
  return { ...quiet, HOME: project, XDG_CONFIG_HOME: project };
}
