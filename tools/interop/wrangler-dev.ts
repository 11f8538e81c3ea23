import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { neutralEnvironment } from "./command";
import { wranglerEnvironment, wranglerMain } from "./wrangler-command";

/** A project whose Worker has these namespaces, and hands on what {@link WranglerDev.kv} is called with. */
export function writeWorker(project: string, namespaces: object[]): void {
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "worker.js"), worker);
  const configuration = { name: "worker", main: "worker.js", compatibility_date: "2026-08-01" };
  writeFileSync(join(project, "wrangler.jsonc"), JSON.stringify({ ...configuration, kv_namespaces: namespaces }));
}

/** Calls a method of the KV binding with what it is sent, and answers what came of it, or the error as a text. */
const worker = `
  export default {
    async fetch(request, env) {
      const { binding, method, args } = await request.json();
      try {
        return Response.json({ result: await env[binding][method](...args) ?? null });
      } catch (error) {
        return Response.json({ error: String(error) });
      }
    },
  };
`;

const startMs = 60_000;

/** `wrangler dev` in a project. */
export class WranglerDev {
  private constructor(
    /** Where it listens. */
    readonly url: string,
    readonly child: ChildProcess,
  ) {}

  /** @param folder Has wrangler in its `node_modules`. */
  static async start(folder: string, project: string): Promise<WranglerDev> {
    const args = [wranglerMain(folder), "dev", "--port", "0", "--inspector-port", "0", "--ip", "127.0.0.1"];
    const child = spawn(process.execPath, args, {
      cwd: project,
      env: { ...neutralEnvironment(), ...wranglerEnvironment(project) },
      stdio: "pipe",
    });
    return new WranglerDev(await readyUrl(child), child);
  }

  /** What the Worker's binding gives. */
  async kv(binding: string, method: string, ...args: unknown[]): Promise<unknown> {
    const response = await fetch(this.url, { method: "POST", body: JSON.stringify({ binding, method, args }) });
    const { result, error } = (await response.json()) as { result?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return result;
  }

  async end(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await ended;
  }
}

function readyUrl(child: ChildProcess): Promise<string> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`wrangler dev does not start:\n${lines.join("\n")}`));
    const timer = setTimeout(fail, startMs);
    child.once("exit", fail);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream as NonNullable<typeof stream>).on("line", (line) => {
        lines.push(line);
        const [url] = /http:\/\/\S+/.exec(/Ready on (.*)/.exec(line)?.[1] ?? "") ?? [];
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(url);
      });
    }
  });
}
