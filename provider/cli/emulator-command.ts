import { parseArgs } from "node:util";
import type { EmulatorOptions } from "../emulator/emulator";
import type { LoggedRequest } from "../emulator/request-log";
import { nodeProblem } from "../node-version";

const usageOf = (name: string) => `usage: ${name} [--port P] [--file F] [--latency MS] [--verbose]

  --port P      the port on 127.0.0.1; 0, the default, takes any free one
  --file F      where the data is kept; without it, in memory
  --latency MS  milliseconds that every answer takes longer
  --verbose     prints a line for each request`;

/** The emulator as a command: it says where it listens, and ends with SIGINT or SIGTERM. */
export async function runEmulator(args: string[], name: string): Promise<void> {
  const problem = nodeProblem();
  if (problem) return end(1, `${problem}.`);
  hideExperimentalWarnings();
  const { ppid } = process;
  const options = readOptions(args);
  if (options === "help") return console.log(usageOf(name));
  if (typeof options === "string") return end(2, options);
  try {
    // An older Node.js has not even what this loads.
    const { startEmulator } = require("../emulator/emulator") as typeof import("../emulator/emulator");
    const emulator = await startEmulator(options);
    console.log(`listening on ${emulator.url}\nlook into it at ${emulator.page}`);
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void emulator.close());
    if (process.env.npm_lifecycle_event !== undefined) endWithParent(ppid, () => void emulator.close());
  } catch (error) {
    end(1, `The emulator cannot start: ${messageOf(error)}${remedyOf(error)}.`);
  }
}

/** npm passes no signal on to what it runs. Where it has ended, the system gives its children another parent. */
function endWithParent(ppid: number, end: () => void): void {
  const looking = setInterval(() => {
    if (process.ppid === ppid) return;
    clearInterval(looking);
    end();
  }, 300);
  looking.unref();
}

/** Node 22 announces node:sqlite as experimental, which is no concern of the user. */
function hideExperimentalWarnings(): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") console.error(warning);
  });
}

/** The options, "help", or the sentence that says what is wrong with them. */
function readOptions(args: string[]): EmulatorOptions | string {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const help = { type: "boolean", short: "h" } as const;
  try {
    const { values } = parseArgs({ args, options: { port: text, file: text, latency: text, verbose: flag, help } });
    if (values.help) return "help";
    const port = wholeNumber("--port", values.port, 65_535);
    const latencyMs = wholeNumber("--latency", values.latency, 3_600_000);
    return { port, latencyMs, file: values.file, ...(values.verbose && { onAnswer: printRequest }) };
  } catch (error) {
    const [problem] = messageOf(error).split(". ");
    return `${problem}: expected --port P, --file F, --latency MS and --verbose, each optional.`;
  }
}

/** `14:03:59 PUT 200 /client/v4/…/values/a`; what was dropped has no status. */
function printRequest({ at, method, status, path }: Readonly<LoggedRequest>): void {
  console.log(`${new Date(at).toISOString().slice(11, 19)} ${method} ${status || "---"} ${path}`);
}

function wholeNumber(option: string, text = "0", most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number <= most) return number;
  throw new Error(`Invalid ${option} "${text}", not a whole number from 0 to ${most}`);
}

function remedyOf(error: unknown): string {
  const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
  return isTaken ? "; choose another --port, or --port 0 for any free one" : "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function end(code: number, message: string): void {
  console.error(message);
  process.exitCode = code;
}
