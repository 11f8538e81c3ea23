import { join } from "node:path";
import type { LoggedRequest } from "../../provider/emulator/request-log";
import { Process } from "../engine/process";

const root = join(__dirname, "..", "..", "..");
const accountId = "0123456789abcdef0123456789abcdef";

/** The emulator in a process of its own, which answers each request after some time. */
export class EmulatorProcess {
  readonly #process: Process;

  private constructor(
    process: Process,
    readonly url: string,
  ) {
    this.#process = process;
  }

  static async start(latencyMs: number): Promise<EmulatorProcess> {
    const args = [
      join(root, "dist", "provider", "cli", "emulator-main.js"),
      "--port",
      "0",
      "--latency",
      String(latencyMs),
    ];
    let take: (url: string) => void = () => {};
    const url = new Promise<string>((resolve) => {
      take = resolve;
    });
    const command = { file: process.execPath, args, cwd: root, env: {} };
    const started = new Process(command, (line) => take(/^listening on (http:\S+)$/.exec(line)?.[1] ?? ""));
    return new EmulatorProcess(started, await url);
  }

  /** An empty namespace, as the API's path below the base URL and as the id that a resource takes. */
  async createNamespace(title: string): Promise<{ url: string; id: string }> {
    const answer = await this.#api("POST", "", JSON.stringify({ title }));
    const { result } = (await answer.json()) as { result: { id: string } };
    return { url: `${this.#namespaces}/${result.id}`, id: `${accountId}/${result.id}` };
  }

  /** The next run is not to pay for what the last one has stored. */
  async deleteNamespace(id: string): Promise<void> {
    await this.#api("DELETE", `/${id.split("/")[1]}`);
  }

  /** The requests since the last time. */
  async takeLog(): Promise<LoggedRequest[]> {
    const log = `${new URL(this.url).origin}/__control/log`;
    const requests = (await (await fetch(log)).json()) as LoggedRequest[];
    await fetch(log, { method: "DELETE" });
    return requests;
  }

  end(): Promise<void> {
    return this.#process.end();
  }

  get #namespaces(): string {
    return `${this.url}/accounts/${accountId}/storage/kv/namespaces`;
  }

  async #api(method: string, path: string, body: string | null = null): Promise<Response> {
    const headers = { authorization: "Bearer bench", "content-type": "application/json" };
    const response = await fetch(this.#namespaces + path, { method, headers, body });
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}`);
    return response;
  }
}
