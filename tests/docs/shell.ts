import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Emulator, startEmulator } from "../../provider/emulator/emulator";
import { linkPackages } from "../../tools/stack/link-packages";
import { account } from "../emulator/api";
import { root } from "./pages";

/** The folder of a reader, who has installed the package and has a shell. */
export class Shell {
  private constructor(
    readonly folder: string,
    readonly emulator: Emulator,
  ) {}

  static async open(): Promise<Shell> {
    const folder = mkdtempSync(join(tmpdir(), "reader-"));
    linkPackages(folder, ["@pulumi", "@types", "typescript"]);
    const bin = join(folder, "node_modules", ".bin");
    mkdirSync(bin);
    const commands = { "cloudflare-kv": "main.js", "cloudflare-kv-emulator": "emulator-main.js" };
    for (const [name, file] of Object.entries(commands)) {
      const main = join(root, "dist", "provider", "cli", file);
      writeFileSync(join(bin, name), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 });
    }
    mkdirSync(join(folder, "backend"));
    return new Shell(folder, await startEmulator());
  }

  async close(): Promise<void> {
    await this.emulator.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What the commands of a block print, with stderr; they run as they stand, but for what a reader fills in. */
  run(commands: string, filledIn: Readonly<Record<string, string>> = {}): Promise<string> {
    const text = Object.entries(filledIn).reduce((all, [from, to]) => replaced(all, from, to), commands);
    const child = spawn("bash", ["-euo", "pipefail", "-c", text], {
      cwd: this.folder,
      env: this.#environment(),
      stdio: "pipe",
    });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (printed += chunk));
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => (code === 0 ? resolve(printed) : reject(new Error(`${text}\n${printed}`))));
    });
  }

  #environment(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(([name]) => !/^(CLOUDFLARE|PULUMI)_/.test(name));
    return {
      ...Object.fromEntries(kept),
      PATH: [join(this.folder, "node_modules", ".bin"), process.env.PATH].join(delimiter),
      PULUMI_BACKEND_URL: `file://${join(this.folder, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE: "passphrase",
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      CLOUDFLARE_API_BASE_URL: this.emulator.url,
      CLOUDFLARE_API_TOKEN: "any",
      CLOUDFLARE_ACCOUNT_ID: account,
      CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0",
    };
  }
}

/** What a reader fills in has to be there: else the page has changed. */
function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`there is no ${JSON.stringify(from)} in ${text}`);
  return text.replaceAll(from, to);
}
