import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(__dirname, "..", "..", "..");

/** What the dynamic process does that has no `configure` yet. */
const oldProcess = `
  const { handler } = require("pulumi-cloudflare-kv/dynamic");
  handler("Namespace").check({}, { title: "a" }).then(({ failures }) => console.log(JSON.stringify(failures)));`;

test("a @pulumi/pulumi that tells its dynamic process no configuration is named, with the one that is needed", async () => {
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-old-"));
  try {
    const folder = join(dir, "node_modules", "@pulumi", "pulumi");
    mkdirSync(join(folder, "cmd", "dynamic-provider"), { recursive: true });
    symlinkSync(root, join(dir, "node_modules", "pulumi-cloudflare-kv"));
    writeFileSync(join(folder, "package.json"), '{"version": "3.138.0"}');
    const script = join(folder, "cmd", "dynamic-provider", "index.js");
    writeFileSync(script, oldProcess);
    const { stdout } = await promisify(execFile)(process.execPath, [script, "127.0.0.1:1"], { cwd: dir });
    const reason =
      "pulumi-cloudflare-kv needs @pulumi/pulumi 3.139.0 or newer, and this project has 3.138.0: " +
      "run `npm install @pulumi/pulumi@latest`";
    expect(JSON.parse(stdout)).toEqual([{ property: "", reason }]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
