import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalogue } from "./program";

const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  target: "es2022",
  module: "nodenext",
  skipLibCheck: true,
  noEmit: true,
  types: ["node"],
  typeRoots: [join(catalogue, "..", "..", "node_modules", "@types")],
};

test("every TypeScript program of the catalogue fits the types, as strict as they can be checked", () => {
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-types-"));
  try {
    const include = [join(catalogue, "typescript", "*", "*.ts")];
    writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, include }));
    expect(complaints(dir)).toBe("");
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 120_000);

/** What the compiler prints. */
function complaints(dir: string): string {
  try {
    return execFileSync("tsc", ["--project", dir], { encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
