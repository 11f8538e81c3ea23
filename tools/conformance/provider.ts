import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { type MethodDefinition, type ServiceError, status } from "@grpc/grpc-js";
import { connect, type ProviderClient } from "../provider-client";

/** How to start a process. */
export interface Command {
  readonly executable: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Of each call. */
const patienceMs = 30_000;
/** After SIGINT, as the engine has it. */
const lastPatienceMs = 5_000;

/** A provider in a process of its own, started as the engine starts it. */
export class Provider {
  readonly #process: ChildProcess;
  readonly #client: ProviderClient;
  readonly #output: Output;

  private constructor(process: ChildProcess, output: Output, port: string) {
    this.#process = process;
    this.#output = output;
    this.#client = connect(`127.0.0.1:${port}`);
  }

  static async start(command: Command): Promise<Provider> {
    const { process, output } = run(command);
    const port = await printed(process, output, /^(.*)\n/);
    if (/^\d+$/.test(port)) return new Provider(process, output, port);
    process.kill("SIGKILL");
    throw new Error(`the first line on stdout must be a port, and is ${JSON.stringify(port)}`);
  }

  /** All that was printed on stdout so far. */
  get stdout(): string {
    return this.#output.stdout;
  }

  /** @throws CallError where it is answered with an error. */
  call<Request, Response>(method: MethodDefinition<Request, Response>, request: Request): Promise<Response> {
    return this.#answered(this.#client.send(method, request, deadline()));
  }

  /** Sends an empty request to any path. */
  async statusOf(path: string): Promise<status> {
    try {
      await this.#answered(this.#client.sendBytes(path, Buffer.alloc(0), deadline()));
      return status.OK;
    } catch (error) {
      return error instanceof CallError ? error.code : status.UNKNOWN;
    }
  }

  /** Asks it to go, and answers how it went: an exit code, or the signal that it took. */
  async end(): Promise<number | string> {
    this.#client.close();
    return stop(this.#process);
  }

  #answered<Response>(answer: Promise<Response>): Promise<Response> {
    return answer.catch((error: ServiceError) => {
      throw this.#explained(error);
    });
  }

  #explained({ code, details }: ServiceError): CallError {
    const hasEnded = this.#process.exitCode !== null || this.#process.signalCode !== null;
    const end = hasEnded ? `; the process has ended: ${this.#output.stderr.slice(-2000)}` : "";
    return new CallError(code, `${status[code]}: ${details}${end}`);
  }
}

function deadline(): { readonly deadline: number } {
  return { deadline: Date.now() + patienceMs };
}

/** A call that was answered with an error. */
export class CallError extends Error {
  constructor(
    readonly code: status,
    message: string,
  ) {
    super(message);
    this.name = "CallError";
  }
}

/** A server that the provider needs, and what it printed once it was ready. */
export interface Service {
  readonly found: string;
  stop(): Promise<unknown>;
}

export async function startService(command: Command, ready: RegExp): Promise<Service> {
  const { process, output } = run(command);
  return { found: await printed(process, output, ready), stop: () => stop(process) };
}

interface Output {
  stdout: string;
  stderr: string;
}

function run({ executable, args, env }: Command): { process: ChildProcess; output: Output } {
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  const child = spawn(executable, args, { env: { ...process.env, PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    output.stderr += text;
  });
  return { process: child, output };
}

/** What the pattern finds on stdout, as soon as it does. */
async function printed(child: ChildProcess, output: Output, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => reject(new Error(`${child.spawnfile} has ended before it listened: ${output.stderr}`)));
    child.stdout?.on("data", () => {
      const found = pattern.exec(output.stdout);
      if (found) resolve(found[1] ?? found[0]);
    });
  });
}

async function stop(child: ChildProcess): Promise<number | string> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode ?? 0;
  const impatience = setTimeout(() => child.kill("SIGKILL"), lastPatienceMs);
  child.kill("SIGINT");
  await once(child, "close");
  clearTimeout(impatience);
  return child.exitCode ?? child.signalCode ?? 0;
}
