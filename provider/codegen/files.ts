import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageSchema } from "./package-schema";
import { sdkFunctionsText } from "./sdk-functions";
import { sdkText } from "./sdk-resources";

export interface GeneratedFile {
  /** From the root of the project. */
  readonly path: string;
  readonly text: string;
}

const root = join(__dirname, "..", "..", "..");

/** What `npm run generate` writes. */
export function generatedFiles(): GeneratedFile[] {
  return [
    { path: "provider/schema.json", text: `${JSON.stringify(packageSchema(documentationOf), null, 2)}\n` },
    formatted("sdk/resources.ts", sdkText()),
    formatted("sdk/functions.ts", sdkFunctionsText()),
  ];
}

/** The page in docs/api below its title, with its examples where Pulumi takes each language's own from. */
function documentationOf(name: string): string {
  const file = name.replace(/(?<=[a-z])[A-Z]/g, (capital) => `-${capital}`).toLowerCase();
  const page = readFileSync(join(root, "docs", "api", `${file}.md`), "utf8").replace(/^# .*\n/, "");
  const [usage = "", ...others] = page.trim().split(/\n(?=## )/);
  const [heading = "", ...examples] = usage.split(/\n(?=### )/);
  const shown = [heading, ...examples.map((text) => shortcode("example", text))].join("\n\n");
  return [shortcode("examples", shown), ...others].join("\n\n");
}

function shortcode(name: string, text: string): string {
  return `{{% ${name} %}}\n${text.trim()}\n{{% /${name} %}}`;
}

function formatted(path: string, input: string): GeneratedFile {
  const text = execFileSync("biome", ["format", `--stdin-file-path=${path}`], { cwd: root, input, encoding: "utf8" });
  return { path, text };
}
