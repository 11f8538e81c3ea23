import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { extract } from "tar";
import { npm } from "./npm";
import { root } from "./root";
import { integrities } from "./targets";

/** A Node.js as npm has it. */
export interface Runtime {
  readonly program: string;
  /** Its terms; undefined where the package leaves them out, as those for Windows do. */
  readonly license: string | undefined;
}

const folder = join(root, "build", "runtimes");

/**
 * Brings the package of a Node.js from npm, unless it is here already.
 *
 * @throws Error where npm does not have it, or has another than the one that was weighed.
 */
export async function fetchRuntime(name: string, version: string): Promise<Runtime> {
  const id = `${name}@${version}`;
  const integrity = integrities[id];
  if (integrity === undefined) throw new Error(`no checksum of ${id} is known: add it to tools/package/targets.ts`);
  const home = join(folder, `${name}-${version}`);
  if (!existsSync(home)) {
    mkdirSync(folder, { recursive: true });
    const part = mkdtempSync(`${home}-`);
    const packed = join(part, npm(part, "pack", id, "--silent"));
    requireIntegrity(id, packed, integrity);
    await extract({ file: packed, cwd: part, strip: 1, filter: (path) => /^package\/(bin\/|LICENSE$)/.test(path) });
    rmSync(packed);
    // Another process may have brought it meanwhile.
    if (existsSync(home)) rmSync(part, { recursive: true });
    else renameSync(part, home);
  }
  const file = (path: string) => [join(home, path)].find(existsSync);
  const program = file("bin/node") ?? file("bin/node.exe");
  if (program === undefined) throw new Error(`${id} has no bin/node`);
  return { program, license: file("LICENSE") };
}

function requireIntegrity(id: string, file: string, expected: string): void {
  const found = createHash("sha512").update(readFileSync(file)).digest("base64");
  if (found !== expected)
    throw new Error(`${id} is not what was weighed: expected sha512-${expected}, received sha512-${found}`);
}
