#!/usr/bin/env node
import { nodeProblem } from "../node-version";

const usage = `usage: cloudflare-kv COMMAND

  export     writes the keys of a namespace to a file, or to a folder
  emulator   serves the REST API of Workers KV on this machine

cloudflare-kv COMMAND --help says more.`;

async function main([command, ...args]: string[]): Promise<void> {
  const problem = nodeProblem();
  if (problem) return end(1, problem);
  switch (command) {
    case "export": {
      const { runExport } = require("./export-command") as typeof import("./export-command");
      process.exitCode = await runExport(args);
      return;
    }
    case "emulator": {
      const { runEmulator } = require("./emulator-command") as typeof import("./emulator-command");
      return runEmulator(args, "cloudflare-kv emulator");
    }
    case "--help":
    case "-h":
      return console.log(usage);
    default:
      return end(2, command === undefined ? usage : `Unknown command "${command}": expected export or emulator.`);
  }
}

function end(code: number, message: string): void {
  console.error(message);
  process.exitCode = code;
}

void main(process.argv.slice(2));
