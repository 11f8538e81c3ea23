import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../../provider/version";
import { gapsIn } from "../../tools/release/gaps";

const root = join(__dirname, "..", "..", "..");

test("nothing is missing between two releases", () => {
  expect(gapsIn(root)).toEqual([]);
});

describe("in a copy", () => {
  let copy: string;

  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "cloudflare-kv-release-"));
    const single = [
      "package.json",
      "package-lock.json",
      "provider/schema.json",
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
    ];
    for (const path of [...single, "docs", "examples"]) cpSync(join(root, path), join(copy, path), { recursive: true });
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  function edit(path: string, before: string | RegExp, after: string): void {
    const text = readFileSync(join(copy, path), "utf8");
    const edited = text.replace(before, after);
    expect(edited).not.toBe(text);
    writeFileSync(join(copy, path), edited);
  }

  const other = `expected version ${version}, found 9.9.9`;
  test.each<[path: string, before: string | RegExp, after: string, gap: string]>([
    ["package-lock.json", `"version": "${version}"`, '"version": "9.9.9"', `package-lock.json: ${other}`],
    ["provider/schema.json", `"version": "${version}"`, '"version": "9.9.9"', `provider/schema.json: ${other}`],
    ["examples/yaml/Pulumi.yaml", `version: ${version}`, "version: 9.9.9", `examples/yaml/Pulumi.yaml: ${other}`],
    ["examples/java/pom.xml", `<version>${version}<`, "<version>9.9.9<", `examples/java/pom.xml: ${other}`],
    [
      "examples/csharp/cloudflare-kv-csharp.csproj",
      `"${version}"`,
      '"9.9.9"',
      `examples/csharp/cloudflare-kv-csharp.csproj: ${other}`,
    ],
    ["README.md", `cloudflare-kv@${version}`, "cloudflare-kv@9.9.9", `README.md: ${other}`],
    ["docs/languages.md", `cloudflare-kv@${version}`, "cloudflare-kv@9.9.9", `docs/languages.md: ${other}`],
    [
      "docs/installation-configuration.md",
      /cloudflare-kv@\S+/,
      "cloudflare-kv",
      `docs/installation-configuration.md: expected version ${version}, found none`,
    ],
    ["provider/schema.json", '"publisher"', '"publishers"', "provider/schema.json: publisher is missing"],
    ["provider/schema.json", '"pluginDownloadURL"', '"url"', "provider/schema.json: pluginDownloadURL is missing"],
    [
      "provider/schema.json",
      "category/cloud",
      "cloud",
      "provider/schema.json: keywords have none that begins with category/",
    ],
    ["CHANGELOG.md", / \(\d{4}-\d\d-\d\d\)/, "", `CHANGELOG.md: expected a heading "## ${version} (YYYY-MM-DD)"`],
    ["docs/_index.md", /^meta_desc: .*\n/m, "", "docs/_index.md: the front matter has no meta_desc"],
    ["provider/schema.json", "docs/logo.png", "docs/none.png", "docs/none.png: is not there"],
    [
      "README.md",
      "](LICENSE)",
      "](tests/quiet-call.ts)",
      'README.md: tests/quiet-call.ts is not in the package: name it in "files", or link to the repository',
    ],
  ])("%s: %s as %s is a gap", (path, before, after, gap) => {
    edit(path, before, after);
    expect(gapsIn(copy)).toEqual([gap]);
  });

  test.each(["docs/_index.md", "docs/installation-configuration.md", "LICENSE"])("%s is missed", (path) => {
    rmSync(join(copy, path));
    expect(gapsIn(copy)).toContain(`${path}: is not there`);
  });

  test("a tag asks for its version, and for a changelog of what is in it", () => {
    edit("CHANGELOG.md", /^# Changelog\n/, "# Changelog\n\n## Unreleased\n\n- Something.\n");
    expect(gapsIn(copy, "v9.9.9")).toEqual([
      "CHANGELOG.md: what is unreleased belongs below the version",
      `package.json: expected version 9.9.9 of the tag, found ${version}`,
    ]);
    edit("CHANGELOG.md", /^## Unreleased\n.*?(?=^## \d)/ms, "");
    expect(gapsIn(copy, `v${version}`)).toEqual([]);
  });
});
