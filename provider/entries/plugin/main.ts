import { enableCompileCache } from "node:module";
import type { Core } from "../../core";
import { schemaText } from "./schema-text";

// A third of the start is compilation. Where the cache cannot be written this does nothing.
enableCompileCache();

// The engine reads the port from stdout, and nothing else: what a library prints there belongs to stderr.
const print = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr) as typeof print;

/** The engine kills a process that has not ended five seconds after SIGINT. */
const shutdownTimeoutMs = 3000;

// Whoever started this file may report errors too, and then go on with a broken process.
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.removeAllListeners(event);
  process.on(event, fail);
}

start().catch(fail);

async function start(): Promise<void> {
  const { startServer } = require("./server") as typeof import("./server");
  const server = await startServer({
    core,
    schema: schemaText,
    engineAddress: engineAddress(process.argv),
    env: process.env,
    // What is in flight is nobody's any more, and what would follow must not be sent.
    onEngineGone: () => process.exit(),
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      setTimeout(() => process.exit(), shutdownTimeoutMs);
      server.stop().then(() => process.exit());
    });
  }
  print(`${server.port}\n`);
}

/** Loaded when first needed: it is most of what has to be loaded at all. */
function core(): Core {
  const { createCore } = require("../../index") as typeof import("../../index");
  return createCore();
}

/** The last argument, but some ways to start a plugin lose it: a handshake tells it again. */
function engineAddress(argv: readonly string[]): string | undefined {
  const last = argv.at(-1);
  return last && /^\S+:\d+$/.test(last) ? last : undefined;
}

function fail(error: unknown): void {
  process.stderr.write(`pulumi-resource-cloudflare-kv: ${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
}
