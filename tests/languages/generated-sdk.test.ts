import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeDocumented } from "./documented";
import { testWith } from "./host";
import { pulumi, root } from "./project";

/** The SDKs that the CLI makes from the schema, without anything that a registry has. */
describe("of provider/schema.json", () => {
  const schema = join(root, "provider", "schema.json");
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-sdk-"));
  });

  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  testWith("yaml")("pulumi schema check finds nothing to say", () => {
    expect(pulumi(dir, "schema", "check", schema)).toBe("");
  });

  testWith("nodejs")("the TypeScript SDK compiles, and the documented examples with it and with ours", () => {
    pulumi(dir, "package", "gen-sdk", schema, "--language", "nodejs", "--out", dir);
    writeDocumented("typescript", join(dir, "examples"), "index.ts");
    symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
    expect(compile(dir, join(dir, "nodejs", "index.ts"))).toBe("");
    expect(compile(dir, join(root, "dist", "sdk", "index.d.ts"))).toBe("");
  });

  testWith("python")("the Python SDK compiles", () => {
    pulumi(dir, "package", "gen-sdk", schema, "--language", "python", "--out", dir);
    execFileSync("python3", ["-m", "compileall", "-q", join(dir, "python")]);
  });
});

const strict = {
  strict: true,
  noUncheckedIndexedAccess: true,
  target: "es2022",
  module: "nodenext",
  skipLibCheck: true,
  noEmit: true,
  types: ["node"],
};

/** The examples, with this in place of the package that they import; answers with what the compiler prints. */
function compile(dir: string, sdk: string): string {
  const compilerOptions = { ...strict, paths: { "pulumi-cloudflare-kv": [sdk] } };
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["examples"] }));
  try {
    return execFileSync("tsc", ["--project", dir], { encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
