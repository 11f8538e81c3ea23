import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeDocumented } from "../languages/documented";

const root = join(__dirname, "..", "..", "..");

const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  target: "es2022",
  module: "nodenext",
  skipLibCheck: true,
  noEmit: true,
  types: ["node"],
};

test("every TypeScript example of the documentation fits the classes of the package", () => {
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-examples-"));
  try {
    linkPackages(dir);
    writeDocumented("typescript", join(dir, "api"), "index.ts");
    for (const [name, text] of examplesOfPages()) writeFileSync(join(dir, name), text);
    writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts", "api"] }));
    expect(complaints(dir)).toBe("");
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 120_000);

test("every page has an example that was looked at", () => {
  const names = examplesOfPages().map(([name]) => name);
  for (const page of ["README", "key-value-set", "languages", "resources"]) expect(names).toContain(`${page}-1.ts`);
});

/** Those of the README and of the pages beside it, each a program. */
function examplesOfPages(): [name: string, text: string][] {
  return globSync(["README.md", "docs/*.md"], { cwd: root }).flatMap((page) => {
    const blocks = readFileSync(join(root, page), "utf8").matchAll(/^```ts\n(.*?)^```$/gms);
    const name = page.replace(/^docs\//, "").replace(/\.md$/, "");
    return [...blocks].map(([, text = ""], index): [string, string] => [`${name}-${index + 1}.ts`, text]);
  });
}

/** What `npm install` would put there. */
function linkPackages(dir: string): void {
  mkdirSync(join(dir, "node_modules"));
  for (const name of ["@pulumi", "@types"]) {
    symlinkSync(join(root, "node_modules", name), join(dir, "node_modules", name));
  }
  symlinkSync(root, join(dir, "node_modules", "pulumi-cloudflare-kv"));
}

/** What the compiler prints. */
function complaints(dir: string): string {
  try {
    return execFileSync("tsc", ["--project", dir], { encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
