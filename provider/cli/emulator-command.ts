import type { Emulator } from "../emulator/emulator";
import { messageOf } from "../emulator/reasons";
import type { LoggedRequest } from "../emulator/request-log";
import { nodeProblem } from "../node-version";
import { type Options, readOptions, usageOf } from "./emulator-options";
import type { WranglerOption } from "./wrangler-option";

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
    const { emulator, lines } = await start(options);
    for (const line of lines) console.log(line);
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void emulator.close());
    if (process.env.npm_lifecycle_event !== undefined) endWithParent(ppid, () => void emulator.close());
  } catch (error) {
    end(1, `The emulator cannot start: ${messageOf(error)}${remedyOf(error)}.`);
  }
}

/** An emulator that holds what it is to hold from the start, and what there is to say of it; the first line is its URL. */
async function start({ wrangler, seeds, isVerbose, ...options }: Options): Promise<{
  readonly emulator: Emulator;
  readonly lines: readonly string[];
}> {
  // An older Node.js has not even what this loads.
  const { startEmulator } = require("../emulator/emulator") as typeof import("../emulator/emulator");
  const later: string[] = [];
  let isOpen = false;
  const say = (line: string) => (isOpen ? console.log(line) : void later.push(line));
  const { store, lines = [] } = wrangler === undefined ? {} : openStoreOf(wrangler, say);
  const prepare = async (url: string) => {
    const { sow } = require("./seed") as typeof import("./seed");
    later.push(...(await sow(seeds, url)));
  };
  const emulator = await startEmulator({
    ...options,
    ...(store && { store }),
    ...(seeds.length > 0 && { prepare }),
    ...(isVerbose && { onAnswer: (request) => (isOpen ? printRequest(request) : undefined) }),
  });
  isOpen = true;
  return { emulator, lines: [`listening on ${emulator.url}`, `look into it at ${emulator.page}`, ...lines, ...later] };
}

/** Few want it, and what reads a configuration takes its time to load. */
function openStoreOf(wrangler: WranglerOption, say: (line: string) => void) {
  const { openWranglerStore } = require("./wrangler-option") as typeof import("./wrangler-option");
  return openWranglerStore(wrangler, say);
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

/** `14:03:59 PUT 200 /client/v4/…/values/a`; what was dropped has no status. */
function printRequest({ at, method, status, path }: Readonly<LoggedRequest>): void {
  console.log(`${new Date(at).toISOString().slice(11, 19)} ${method} ${status || "---"} ${path}`);
}

function remedyOf(error: unknown): string {
  const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
  return isTaken ? "; choose another --port, or --port 0 for any free one" : "";
}

function end(code: number, message: string): void {
  console.error(message);
  process.exitCode = code;
}
