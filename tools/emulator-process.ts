import { join } from "node:path";
import type { LoggedRequest } from "../provider/emulator/request-log";
import { Process } from "./engine/process";

const root = join(__dirname, "..", "..");
const accountId = "0123456789abcdef0123456789abcdef";

/** The emulator in a process of its own. */
export class EmulatorProcess {
  readonly #process: Process;

  private constructor(
    process: Process,
    readonly url: string,
  ) {
    this.#process = process;
  }

  /** One that takes some milliseconds longer for each answer. */
  static withLatency(ms: number): Promise<EmulatorProcess> {
    return EmulatorProcess.#start(["--latency", String(ms)], root);
  }

  /** One over the local store of the project in a folder. */
  static ofWrangler(project: string): Promise<EmulatorProcess> {
    return EmulatorProcess.#start(["--wrangler"], project);
  }

  static async #start(options: readonly string[], cwd: string): Promise<EmulatorProcess> {
    const args = [join(root, "dist", "provider", "cli", "emulator-main.js"), ...options];
    let take: (url: string) => void = () => {};
    const url = new Promise<string>((resolve) => {
      take = resolve;
    });
    const command = { file: process.execPath, args, cwd, env: {} };
    const listening = /^listening on (http:\S+)$/;
    const started = new Process(command, (line) => take(listening.exec(line)?.[1] ?? ""));
    return new EmulatorProcess(started, await url);
  }

  /** The URL of the account's namespaces. */
  get namespaces(): string {
    return `${this.url}/accounts/${accountId}/storage/kv/namespaces`;
  }

  /** An empty namespace, as the API's path below the base URL and as the id that a resource takes. */
  async createNamespace(title: string): Promise<{ url: string; id: string }> {
    const answer = await this.call("POST", "", JSON.stringify({ title }));
    const { result } = JSON.parse(answer.toString()) as { result: { id: string } };
    return { url: `${this.namespaces}/${result.id}`, id: `${accountId}/${result.id}` };
  }

  /** The next run is not to pay for what the last one has stored. */
  async deleteNamespace(id: string): Promise<void> {
    await this.call("DELETE", `/${id.split("/")[1]}`);
  }

  /** The requests since the last time. */
  async takeLog(): Promise<LoggedRequest[]> {
    const log = `${new URL(this.url).origin}/__control/log`;
    const requests = (await (await fetch(log)).json()) as LoggedRequest[];
    await fetch(log, { method: "DELETE" });
    return requests;
  }

  /** @param path Below the namespaces. */
  async call(method: string, path: string, body: string | null = null): Promise<Buffer> {
    const headers = { authorization: "Bearer any", "content-type": "application/json" };
    const response = await fetch(this.namespaces + path, { method, headers, body });
    const answer = Buffer.from(await response.arrayBuffer());
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${answer}`);
    return answer;
  }

  end(): Promise<void> {
    return this.#process.end();
  }

  kill(): Promise<void> {
    return this.#process.kill();
  }
}
