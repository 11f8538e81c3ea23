import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** The part of an engine that a plugin knows it by: an address, in a process that can be killed. */
export class Engine {
  readonly #process: ChildProcess;

  private constructor(
    process: ChildProcess,
    readonly address: string,
  ) {
    this.#process = process;
  }

  static async start(): Promise<Engine> {
    const script = `
      const server = require("node:http2").createServer();
      server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;
    const process = spawn(globalThis.process.execPath, ["-e", script]);
    const [port] = await once(process.stdout, "data");
    return new Engine(process, `127.0.0.1:${String(port).trim()}`);
  }

  async end(): Promise<void> {
    const exit = once(this.#process, "exit");
    if (this.#process.kill("SIGKILL")) await exit;
  }
}
