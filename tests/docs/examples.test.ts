import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linkPackages } from "../../tools/stack/link-packages";
import { writeDocumented } from "../languages/documented";
import { complaintsOf } from "../typecheck";

const root = join(__dirname, "..", "..", "..");

test("every TypeScript example of the documentation fits the classes of the package", () => {
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-examples-"));
  try {
    linkPackages(dir, ["@pulumi", "@types"]);
    writeDocumented("typescript", join(dir, "api"), "index.ts");
    for (const [name, text] of examplesOfPages()) writeFileSync(join(dir, name), text);
    expect(complaintsOf(dir, ["*.ts", "api"])).toBe("");
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
