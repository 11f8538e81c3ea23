import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** As one text, in which a sentence is whole although it stands in several lines; and what all faults made it print. */
const code = globSync(["provider/**/*.ts", "sdk/*.ts"], { cwd: root })
  .map(read)
  .join("\n")
  .replaceAll(/["'`]\s*\+\s*["'`]/g, "");
const words = `${code}\n${read("tests/faults/faults.md")}`.replaceAll(/[`\\]/g, "");

/** Other programs' messages stand under this line. */
const [ours = "", others = ""] = read("docs/troubleshooting.md").split("\nThese come from other programs:\n");
const [, failures = ""] = others.split("\n## What a failure means\n");

test("every message of the first tables is one that the code has", () => {
  const messages = rowsOf(ours).flatMap(([message = ""]) => quotedIn(message));
  expect(messages.length).toBeGreaterThan(20);
  expect(messages.filter((message) => !isOfCode(message))).toEqual([]);
});

test("every message that explains a failure is one that the code has", () => {
  const messages = rowsOf(failures).flatMap((cells) => cells.flatMap(quotedIn));
  expect(messages.length).toBeGreaterThan(20);
  expect(messages.filter((message) => !isName(message) && !isOfCode(message))).toEqual([]);
});

function rowsOf(text: string): string[][] {
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
  return rows.map((row) => row.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));
}

function quotedIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, quoted = ""]) => quoted);
}

/** Not a message, but a command, an option or a property. */
function isName(quoted: string): boolean {
  return /^(pulumi \S+|--\S+|\w+|\w+: \S+)$/.test(quoted);
}

/** Each part between what differs, numbers too. */
function isOfCode(message: string): boolean {
  return message.split(/…|\d+/).every((part) => words.includes(part.trim()));
}
