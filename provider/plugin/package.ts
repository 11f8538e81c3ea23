import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../../..");

/** Read when asked: neither is needed to serve a resource. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return version;
}

export function packageSchema(): string {
  return readFileSync(join(root, "provider/schema.json"), "utf8");
}
