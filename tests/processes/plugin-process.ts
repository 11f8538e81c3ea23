import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../until";
import { Spawned, type SpawnOptions } from "./spawned";

/** Starts a command, and ends it after the test. */
export type Start = (options?: SpawnOptions) => Spawned;

/** Where a test may keep what its plugins read; it is there while the test runs. */
export interface Folder {
  readonly path: string;
  write(name: string, text: string): string;
}

/** A folder for each test of a file, and the plugins that it has started there, which end with it. */
export function pluginFolder(): Folder & { readonly start: (command: string, options: SpawnOptions) => Spawned } {
  const running: Spawned[] = [];
  let path = "";
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "plugin-"));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((plugin) => plugin.end()));
    rmSync(path, { recursive: true });
  });
  return {
    get path() {
      return path;
    },
    write(name, text) {
      writeFileSync(join(path, name), text);
      return join(path, name);
    },
    start(command, options) {
      const plugin = new Spawned(command, { cwd: path, ...options });
      running.push(plugin);
      return plugin;
    },
  };
}

/** A module for `--require`, which does something when the process is sent SIGUSR2. */
export function onSignal(folder: Folder, statement: string): string {
  return folder.write("preload.cjs", `process.on("SIGUSR2", () => { ${statement} });`);
}

/** Prints while the plugin starts, and when it is sent SIGUSR2. */
const noise = `
  const print = () => { console.log("noise"); process.stdout.write("more\\n"); };
  setImmediate(print);
  process.on("SIGUSR2", print);`;

/** What the engine expects of a plugin's process, however it was started. */
export function behavesAsPlugin(folder: Folder, start: Start): void {
  test("it prints its port and nothing else, answers, and ends by SIGINT without a complaint", async () => {
    const plugin = start();
    await plugin.handshake();
    expect(plugin.stdout).toMatch(/^\d+\n$/);
    plugin.process.kill("SIGINT");
    expect(await plugin.exit).toBe(0);
    expect(plugin.stdout).toMatch(/^\d+\n$/);
    expect(plugin.stderr).toBe("");
  });

  test.each([["throw new Error('broken')"], ["Promise.reject(new Error('broken'))"]])(
    "it reports an error that nobody caught once, and ends: %s",
    async (statement) => {
      const plugin = start({ preload: onSignal(folder, statement) });
      await plugin.handshake();
      plugin.process.kill("SIGUSR2");
      expect(await plugin.exit).toBe(1);
      expect(plugin.stderr.match(/Error: broken/g)).toHaveLength(1);
      expect(plugin.stdout).toMatch(/^\d+\n$/);
    },
  );

  test("what a library prints goes to stderr, while it starts and later", async () => {
    const plugin = start({ preload: folder.write("noise.cjs", noise) });
    await plugin.handshake();
    expect(plugin.stderr).toBe("noise\nmore\n");
    plugin.process.kill("SIGUSR2");
    await until(() => plugin.stderr.length > "noise\nmore\n".length);
    plugin.process.kill("SIGINT");
    await plugin.exit;
    expect(plugin.stderr).toBe("noise\nmore\n".repeat(2));
    expect(plugin.stdout).toMatch(/^\d+\n$/);
  });

  test.each([[[]], [["--logtostderr", "-v=9", "127.0.0.1:1"]], [["--tracing", "x", "127.0.0.1:1"]]])(
    "it needs none of its arguments: %j",
    async (args) => {
      await start({ args }).handshake();
    },
  );

  test("SIGTERM ends it as SIGINT does", async () => {
    const plugin = start();
    await plugin.handshake();
    plugin.process.kill("SIGTERM");
    expect(await plugin.exit).toBe(0);
  });

  test("it starts where nothing can be cached", async () => {
    const plugin = start({ env: { NODE_COMPILE_CACHE: "/dev/null/cache" } });
    await plugin.handshake();
    expect(plugin.stderr).toBe("");
  });
}
