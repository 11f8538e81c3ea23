import { cpSync } from "node:fs";
import { join } from "node:path";
import { linkPackages } from "./link-packages";
import { hasPulumi, real } from "./real";
import type { Engine, EngineOptions } from "./stack";
import { standIn } from "./stand-in";

const root = join(__dirname, "..", "..", "..");

/** A copy of an example in a folder of its own below `parent`, with what it would install. */
export function copyExample(name: string, parent: string): string {
  const dir = join(parent, name);
  cpSync(join(root, "examples", name), dir, { recursive: true });
  linkPackages(dir, ["@pulumi", "@types", "typescript"]);
  return dir;
}

/** A stack of the example, against an emulator, with the engine that is at hand. */
export function engineOfExample(name: string, dir: string, baseUrl: string): Engine | Promise<Engine> {
  const options: EngineOptions = {
    dir,
    project: `cloudflare-kv-${name}`,
    config: {
      "cloudflare-kv:accountId": "0123456789abcdef0123456789abcdef",
      "cloudflare-kv:apiToken": "example",
      "cloudflare-kv:baseUrl": baseUrl,
    },
    secretConfig: ["cloudflare-kv:apiToken"],
    // The emulator never answers with what it was, so a refresh need not wait.
    env: { CLOUDFLARE_KV_CONSISTENCY_SECONDS: "0" },
  };
  return hasPulumi ? real(options) : standIn(options);
}
