import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { hasPulumi } from "../../tools/stack/real";
import { installForNode } from "./play";
import { catalogue } from "./program";

const testReal = hasPulumi ? test : test.skip;

/** Inline programs of the Automation API, several in one process. */
describe("program/automation", () => {
  let dir: string;
  let emulator: Emulator;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-automation-"));
    cpSync(join(catalogue, "automation"), dir, { recursive: true });
    installForNode(dir);
    emulator = await startEmulator();
  });

  afterEach(async () => {
    await emulator.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** The account of this process must be nobody's. */
  async function run(by: "configuration" | "environment"): Promise<unknown[]> {
    const env = {
      ...process.env,
      BASE_URL: emulator.url,
      CLOUDFLARE_ACCOUNT_ID: "f".repeat(32),
      CLOUDFLARE_API_TOKEN: "of-this-process",
      CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0",
      PULUMI_BACKEND_URL: `file://${dir}`,
      PULUMI_HOME: join(dir, "home"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const { stdout } = await promisify(execFile)(process.execPath, ["main.js", by], { cwd: dir, env });
    return JSON.parse(stdout);
  }

  const accounts = () => new Set(emulator.log.map(({ account }) => account?.charAt(0)));

  testReal(
    "functions ask the account of their own stack's configuration/real",
    async () => {
      const lives = ["1", "2", "3"].map((one) => ({
        before: 0,
        accountId: one.repeat(32),
        value: `stack-${one}`,
        keys: ["a", "s/x"],
        changeSummary: { same: 5 },
      }));
      expect(await run("configuration")).toEqual(lives);
      expect([...accounts()].sort()).toEqual(["1", "2", "3"]);
    },
    240_000,
  );

  testReal(
    "functions refuse where the account is that of an environment they are not told/real",
    async () => {
      const failed = expect.stringMatching(/accountId is not known.* the environment does not count here/);
      expect(await run("environment")).toEqual([{ failed }, { failed }, { failed }]);
      expect(emulator.log).toEqual([]);
    },
    240_000,
  );
});
