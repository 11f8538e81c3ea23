import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { ProviderHandshakeRequest } from "@pulumi/pulumi/proto/provider_pb";
import { connect, type ProviderClient } from "../../tools/provider-client";

export const root = join(__dirname, "../../..");
export const executable = join(root, "pulumi-resource-cloudflare-kv");

export interface SpawnOptions {
  readonly args?: readonly string[];
  /** A module that is loaded before anything else. */
  readonly preload?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A plugin in a process of its own. */
export class Spawned {
  readonly process: ChildProcess;
  readonly exit: Promise<number | NodeJS.Signals>;
  stdout = "";
  stderr = "";
  #client: ProviderClient | undefined;

  constructor(command: string, { args = [], preload, cwd, env }: SpawnOptions = {}) {
    const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
    const NODE_OPTIONS = preload && `--require ${preload}`;
    this.process = spawn(command, args, { cwd, env: { ...process.env, PATH, NODE_OPTIONS, ...env } });
    this.process.stdout?.on("data", (text) => {
      this.stdout += text;
    });
    this.process.stderr?.on("data", (text) => {
      this.stderr += text;
    });
    this.exit = once(this.process, "close").then(([code, signal]) => code ?? signal);
  }

  /** Settles when a whole line was printed, or the process has ended. */
  async firstLine(): Promise<string> {
    while (!this.stdout.includes("\n")) {
      const ended = await Promise.race([
        this.exit,
        once(this.process.stdout ?? this.process, "data").then(() => "running"),
      ]);
      if (ended !== "running") throw new Error(`ended with ${ended}: ${this.stderr}`);
    }
    return this.stdout.slice(0, this.stdout.indexOf("\n"));
  }

  async connect(): Promise<ProviderClient> {
    const port = await this.firstLine();
    this.#client ??= connect(`127.0.0.1:${port}`);
    return this.#client;
  }

  async handshake(): Promise<void> {
    const client = await this.connect();
    await client.handshake(new ProviderHandshakeRequest());
  }

  async end(): Promise<void> {
    this.#client?.close();
    this.process.kill("SIGKILL");
    await this.exit;
  }
}
