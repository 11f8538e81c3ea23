import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startServer } from "../../provider/entries/plugin/server";
import { createCore } from "../../provider/index";
import { type Clock, systemClock } from "../../provider/kv/clock";
import type { StartProvider } from "../engine/operation";

const home = process.cwd();
const schema = join(__dirname, "..", "..", "..", "provider", "schema.json");

/** Long pauses between attempts are cut short; what waits for a time looks more often. */
const hastyClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 250), signal),
};

/** The plugin in this process: no other provider of its run has to be waited for, and starting one costs nothing. */
export const startPluginHere: StartProvider = async ({ engineAddress, env, cwd }) => {
  process.chdir(cwd);
  const server = await startServer({
    core: () => createCore(hastyClock, 0),
    schema: () => readFileSync(schema, "utf8"),
    engineAddress,
    env: { ...process.env, ...env },
  });
  return {
    address: `127.0.0.1:${server.port}`,
    pid: process.pid,
    async end() {
      await server.stop();
      process.chdir(home);
    },
  };
};
