import { spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";

export interface CommandOptions {
  cwd: string;
  /** Beside the environment of this process, of which nothing about Cloudflare is passed on. */
  env?: Record<string, string>;
  /** When the command is ended; without it, never. */
  timeoutMs?: number;
}

/** What a command wrote to stdout; a failure throws all that it wrote. */
export function output(command: string, args: string[], { cwd, env, timeoutMs }: CommandOptions): Promise<Buffer> {
  const child = spawn(command, args, {
    cwd,
    env: { ...neutralEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
  });
  const stdout: Buffer[] = [];
  const everything: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk) && everything.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => everything.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve(Buffer.concat(stdout));
      else
        reject(new Error(`${command} ${args.join(" ")} ended with ${code ?? signal}:\n${Buffer.concat(everything)}`));
    });
  });
}

/** Puts a package into a folder outside the project. */
export async function install(name: string, folder: string, timeoutMs?: number): Promise<void> {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["install", "--no-audit", "--no-fund", "--no-update-notifier", name];
  await output(npm, args, { cwd: folder, ...(timeoutMs !== undefined && { timeoutMs }) });
}

/** With the Node that runs this before any other. */
export function neutralEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(CLOUDFLARE|CF|WRANGLER)_/.test(name));
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path };
}
