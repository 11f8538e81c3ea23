import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const strictest = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  target: "es2022",
  module: "nodenext",
  skipLibCheck: true,
  noEmit: true,
  types: ["node"],
};

/** What the compiler has to say of these files, as strict as it can be. The folder gets a tsconfig.json. */
export function complaintsOf(dir: string, include: readonly string[], options: object = {}): string {
  const compilerOptions = { ...strictest, ...options };
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, include }));
  try {
    return execFileSync("tsc", ["--project", dir], { encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
