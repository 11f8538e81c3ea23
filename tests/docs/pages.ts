import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(__dirname, "..", "..", "..");

/** A fenced block of a page. */
export interface Block {
  /** From the project's root. */
  readonly page: string;
  /** `sh`, `ts`, …; empty for what a command prints. */
  readonly language: string;
  readonly text: string;
}

/** The pages that a user reads, each with its blocks in order. */
export function blocks(): Block[] {
  return globSync(["README.md", "CONTRIBUTING.md", "docs/*.md", "examples/*/README.md"], { cwd: root })
    .sort()
    .flatMap(blocksOf);
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", body = ""]) => ({
    page,
    language,
    text: body,
  }));
}

/** The one block of a page that has this text in it. */
export function block(page: string, part: string): string {
  const found = blocks().filter((candidate) => candidate.page === page && candidate.text.includes(part));
  if (found.length !== 1) throw new Error(`${page} has ${found.length} blocks with ${JSON.stringify(part)}`);
  return found[0]?.text ?? "";
}
