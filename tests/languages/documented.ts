import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const pages = join(__dirname, "..", "..", "..", "docs", "api");

/** The examples of the documentation in one language, by their page and their place on it. */
export function documented(language: string): [name: string, code: string][] {
  return readdirSync(pages).flatMap((file) => {
    const text = readFileSync(join(pages, file), "utf8");
    const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"));
    return [...blocks].map(([, code = ""], index): [string, string] => [
      `${file.replace(".md", "")}-${index + 1}`,
      code,
    ]);
  });
}

/** Writes each example to a file of its own, `main` in a folder by its name. */
export function writeDocumented(language: string, dir: string, main: string): void {
  for (const [name, code] of documented(language)) {
    const path = join(dir, name, main);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code);
  }
}
