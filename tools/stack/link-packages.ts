import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");

/** Puts into the folder of a program what `npm install` would put there: these packages, and this one. */
export function linkPackages(dir: string, names: readonly string[], own: string = root): void {
  const modules = join(dir, "node_modules");
  mkdirSync(modules);
  for (const name of names) symlinkSync(join(root, "node_modules", name), join(modules, name));
  symlinkSync(own, join(modules, "pulumi-cloudflare-kv"));
}
