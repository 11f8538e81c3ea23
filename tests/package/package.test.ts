import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playExample, playProgram, programNames } from "../../tools/stack/installed-program";
import { hasPulumi, isOnPath, real } from "../../tools/stack/real";
import { standIn } from "../../tools/stack/stand-in";
import { Spawned } from "../processes/spawned";

const root = join(__dirname, "..", "..", "..");

/** An empty project with the packed package and others. */
function installWith(...others: string[]): string {
  const dir = mkdtempSync(join(tmpdir(), "cloudflare-kv-package-"));
  const npm = (...args: string[]) => execFileSync("npm", args, { cwd: dir, encoding: "utf8", stdio: "pipe" });
  const packed = npm("pack", root, "--ignore-scripts", "--silent").trim();
  writeFileSync(join(dir, "package.json"), '{"private":true}');
  npm("install", "--prefer-offline", "--no-audit", "--no-fund", packed, "@types/node@24", ...others);
  return dir;
}

test("a project with the oldest @pulumi/pulumi that is asked for keeps that one alone, and works", async () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const oldest = dependencies["@pulumi/pulumi"].replace("^", "");
  const dir = installWith(`@pulumi/pulumi@${oldest}`);
  try {
    const list = execFileSync("npm", ["ls", "--all", "--parseable", "--long", "@pulumi/pulumi"], {
      cwd: dir,
      encoding: "utf8",
    });
    expect(
      list
        .trim()
        .split("\n")
        .map((line) => line.split(":").at(-1)),
    ).toEqual([`@pulumi/pulumi@${oldest}`]);
    await playProgram("a CommonJS program", dir);
    const plugin = new Spawned(join(dir, "node_modules", "pulumi-cloudflare-kv", "pulumi-resource-cloudflare-kv"));
    await plugin.handshake();
    await plugin.end();
    expect(plugin.stderr).toBe("");
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 300_000);

/** The packed package in an empty project, as npm installs it for a user. */
describe("the packed package, installed by npm, serves", () => {
  let installed: string;

  beforeAll(() => {
    installed = installWith("typescript@6");
  }, 300_000);

  afterAll(() => rmSync(installed, { recursive: true, force: true }));

  test.each(programNames)("%s", (name) => playProgram(name, installed), 120_000);

  test("the plugin, which answers", async () => {
    const plugin = new Spawned(
      join(installed, "node_modules", "pulumi-cloudflare-kv", "pulumi-resource-cloudflare-kv"),
    );
    try {
      await plugin.handshake();
      expect(plugin.stderr).toBe("");
    } finally {
      await plugin.end();
    }
  });

  test("the emulator and its page, by its command", async () => {
    const emulator = new Spawned(join(installed, "node_modules", ".bin", "cloudflare-kv-emulator"), {
      args: ["--port", "0"],
    });
    try {
      const line = await emulator.firstLine();
      expect(line).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\/client\/v4$/);
      expect((await fetch(new URL("/", line.replace("listening on ", "")))).status).toBe(200);
    } finally {
      await emulator.end();
    }
  });

  test.each(["typescript", "seeding", "worker"])(
    "examples/%s",
    (name) => playExample(name, installed, standIn),
    120_000,
  );

  (hasPulumi && isOnPath("pulumi-language-yaml") ? test : test.skip)(
    "examples/yaml",
    () => playExample("yaml", installed, real),
    120_000,
  );

  test("npm install in its own folder, which Pulumi runs when it adds the folder as a package", () => {
    const plugin = join(installed, "node_modules", "pulumi-cloudflare-kv");
    const run = () => execFileSync("npm", ["run", "prepare"], { cwd: plugin, encoding: "utf8", stdio: "pipe" });
    expect(run).not.toThrow();
    expect(existsSync(join(plugin, "dist"))).toBe(true);
  });

  (hasPulumi ? test : test.skip)("its schema, at once, to whoever names the executable", () => {
    const executable = "./node_modules/pulumi-cloudflare-kv/pulumi-resource-cloudflare-kv";
    const schema = execFileSync("pulumi", ["package", "get-schema", executable], {
      cwd: installed,
      encoding: "utf8",
      env: { ...process.env, PULUMI_HOME: join(installed, "home"), PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    expect(JSON.parse(schema)).toMatchObject({ name: "cloudflare-kv" });
    expect(readdirSync(join(installed, "node_modules", "pulumi-cloudflare-kv"))).not.toContain("node_modules");
  });

  test("the plugin, without what only its development needs", () => {
    const files = execFileSync("sh", ["-c", "find node_modules/pulumi-cloudflare-kv -type f"], {
      cwd: installed,
      encoding: "utf8",
    });
    expect(files).toContain("pulumi-resource-cloudflare-kv\n");
    expect(files).toContain("provider/schema.json");
    expect(files).not.toMatch(/\/tests\/|\/examples\/|\.ts\n(?<!\.d\.ts\n)/);
    const scripts = JSON.parse(
      readFileSync(join(installed, "node_modules/pulumi-cloudflare-kv/package.json"), "utf8"),
    ).scripts;
    expect(Object.keys(scripts).filter((name) => /install$/.test(name))).toEqual([]);
  });
});
