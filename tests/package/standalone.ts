import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { extract } from "tar";

const root = join(__dirname, "..", "..", "..");

/** The archives that `npm run package` makes, and what they unpack to. */
export class Packages {
  readonly folder = mkdtempSync(join(tmpdir(), "cloudflare-kv-archives-"));

  /**
   * Packages a copy of this repository.
   *
   * @param name Of a folder for the archives.
   * @param from The repository.
   * @returns The folder.
   */
  make(name: string, args: readonly string[] = [], from = root): string {
    const output = join(this.folder, name);
    mkdirSync(output);
    const main = join(from, "dist", "tools", "package", "main.js");
    execFileSync(process.execPath, [main, ...args, "--output", output], { stdio: "pipe" });
    return output;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The path of the executable of the only archive in a folder, as Pulumi unpacks it. */
export async function unpacked(folder: string): Promise<string> {
  const [archive = ""] = archivesIn(folder);
  const cwd = mkdtempSync(join(folder, "unpacked-"));
  await extract({ file: join(folder, archive), cwd });
  return join(cwd, "pulumi-resource-cloudflare-kv");
}

export function archivesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".tar.gz"));
}
