#!/usr/bin/env node
import { parseArgs } from "node:util";
import { type EmulatorOptions, startEmulator } from "./emulator";

async function main(): Promise<void> {
  hideExperimentalWarnings();
  const options = readOptions();
  if (typeof options === "string") return end(2, options);
  try {
    const emulator = await startEmulator(options);
    console.log(`listening on ${emulator.url}`);
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void emulator.close());
  } catch (error) {
    end(1, `The emulator cannot start: ${messageOf(error)}.`);
  }
}

/** Node 22 announces node:sqlite as experimental, which is no concern of the user. */
function hideExperimentalWarnings(): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") console.error(warning);
  });
}

/** The options, or the sentence that says what is wrong with them. */
function readOptions(): EmulatorOptions | string {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({ options: { port: text, file: text, latency: text } });
    const port = wholeNumber("--port", values.port, 65_535);
    const latencyMs = wholeNumber("--latency", values.latency, 3_600_000);
    return { port, latencyMs, file: values.file };
  } catch (error) {
    const [problem] = messageOf(error).split(". ");
    return `${problem}: expected --port P, --file F and --latency MS, each optional.`;
  }
}

function wholeNumber(option: string, text = "0", most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number <= most) return number;
  throw new Error(`Invalid ${option} "${text}", not a whole number from 0 to ${most}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function end(code: number, message: string): void {
  console.error(message);
  process.exitCode = code;
}

void main();
