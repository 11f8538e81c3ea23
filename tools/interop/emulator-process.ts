import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const account = "0123456789abcdef0123456789abcdef";
const main = join(__dirname, "..", "..", "provider", "cli", "main.js");

/** `cloudflare-kv emulator --wrangler` in the project. */
export class EmulatorProcess {
  private constructor(
    readonly baseUrl: string,
    readonly namespaceId: string,
    readonly child: ChildProcess,
  ) {}

  /** @param namespaceId The namespace that paths are below, where there are any. */
  static async start(project: string, namespaceId = ""): Promise<EmulatorProcess> {
    const args = [main, "emulator", "--wrangler"];
    const child = spawn(process.execPath, args, { cwd: project, stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(createInterface(child.stdout), "line");
    const base = String(line).replace("listening on ", "");
    return new EmulatorProcess(base, namespaceId, child);
  }

  /** The URL of the namespaces. */
  get url(): string {
    return `${this.baseUrl}/accounts/${account}/storage/kv/namespaces`;
  }

  async call(method: string, path: string, body?: string): Promise<Buffer> {
    const url = path === "" ? this.url : `${this.url}/${this.namespaceId}${path}`;
    const headers = { authorization: "Bearer witness", "content-type": "application/json" };
    const response = await fetch(url, { method, body, headers });
    const answer = Buffer.from(await response.arrayBuffer());
    if (!response.ok) throw new Error(`${method} ${path}: ${answer}`);
    return answer;
  }

  async ask(method: string, path: string): Promise<unknown> {
    return JSON.parse((await this.call(method, path)).toString());
  }

  put(path: string, pairs: object[]): Promise<Buffer> {
    return this.call("PUT", path, JSON.stringify(pairs));
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }
}
