import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What a repository lacks for a release and for the Pulumi Registry, a sentence each that names the file.
 *
 * @param folder The root of the repository.
 * @param tag Of the release that is about to be made, such as `v0.2.0`; without it only what holds between two releases
 *   is looked at.
 */
export function gapsIn(folder: string, tag?: string): string[] {
  const read = (path: string) => (existsSync(join(folder, path)) ? readFileSync(join(folder, path), "utf8") : "");
  const packageJson = parsed(read("package.json"));
  const version = String(packageJson.version ?? "");
  const schema = parsed(read("provider/schema.json"));
  return [
    ...(/^\d+\.\d+\.\d+$/.test(version) ? [] : [`package.json: expected version as X.Y.Z, found ${version || "none"}`]),
    ...versionGaps(read, version),
    ...schemaGaps(schema, read("provider/schema.json") !== ""),
    ...changelogGaps(read("CHANGELOG.md"), version, tag),
    ...["docs/_index.md", "docs/installation-configuration.md"].flatMap((page) => pageGaps(page, read(page))),
    ...fileGaps(folder, schema),
    ...linkGaps(read("README.md"), packageJson),
    ...(tag === undefined || tag === `v${version}`
      ? []
      : [`package.json: expected version ${tag.replace(/^v/, "")} of the tag, found ${version}`]),
  ];
}

type Read = (path: string) => string;

/** Where else the version stands, and how. */
const mentions: readonly (readonly [path: string, version: RegExp])[] = [
  ["package-lock.json", /"version": "([^"]+)"/],
  ["provider/schema.json", /"version": "([^"]+)"/],
  ["examples/yaml/Pulumi.yaml", /source: cloudflare-kv\s+version: (\S+)/],
  ["examples/java/pom.xml", /cloudflare-kv<\/artifactId>\s*<version>([^<]+)<\/version>\s*<\/dependency>/],
  ["examples/csharp/cloudflare-kv-csharp.csproj", /CloudflareKv" Version="([^"]+)"/],
  ["README.md", /cloudflare-kv@(\d[\w.-]*)/],
  ["docs/languages.md", /cloudflare-kv@(\d[\w.-]*)/],
  ["docs/installation-configuration.md", /cloudflare-kv@(\d[\w.-]*)/],
];

function versionGaps(read: Read, version: string): string[] {
  return mentions.flatMap(([path, pattern]) => {
    const found = new Set([...read(path).matchAll(new RegExp(pattern, "g"))].map(([, text]) => text));
    const first = read(path).match(pattern)?.[1];
    // A lock file has the versions of all packages; its own comes first.
    const others = path === "package-lock.json" ? [first] : [...found];
    if (first === undefined) return [`${path}: expected version ${version}, found none`];
    return others
      .filter((other) => other !== version)
      .map((other) => `${path}: expected version ${version}, found ${other}`);
  });
}

/** Without these the Registry shows a package badly, or not at all. */
const schemaFields = [
  ...["name", "displayName", "description", "homepage", "repository", "license", "publisher", "logoUrl"],
  "pluginDownloadURL",
];

function schemaGaps(schema: Record<string, unknown>, isThere: boolean): string[] {
  if (!isThere) return ["provider/schema.json: is not there; run npm run generate"];
  const missing = schemaFields.filter((field) => typeof schema[field] !== "string" || schema[field] === "");
  const keywords = Array.isArray(schema.keywords) ? schema.keywords.map(String) : [];
  const kinds = ["category/", "kind/"].filter((kind) => !keywords.some((keyword) => keyword.startsWith(kind)));
  return [
    ...missing.map((field) => `provider/schema.json: ${field} is missing`),
    ...kinds.map((kind) => `provider/schema.json: keywords have none that begins with ${kind}`),
  ];
}

function changelogGaps(changelog: string, version: string, tag: string | undefined): string[] {
  const dated = changelog
    .split("\n")
    .some((line) => line.startsWith(`## ${version} (`) && /\(\d{4}-\d{2}-\d{2}\)$/.test(line));
  const [, unreleased = ""] = /^## Unreleased\n(.*?)(?=^## |$(?![\s\S]))/ms.exec(changelog) ?? [];
  return [
    ...(dated ? [] : [`CHANGELOG.md: expected a heading "## ${version} (YYYY-MM-DD)"`]),
    ...(tag !== undefined && unreleased.trim() !== ""
      ? ["CHANGELOG.md: what is unreleased belongs below the version"]
      : []),
  ];
}

/** The Registry's own pages need a front matter. */
function pageGaps(page: string, text: string): string[] {
  if (text === "") return [`${page}: is not there`];
  const [, front = ""] = /^---\n(.*?)\n---\n/s.exec(text) ?? [];
  const missing = ["title", "meta_desc", "layout"].filter((name) => !new RegExp(`^${name}: .+`, "m").test(front));
  return missing.map((name) => `${page}: the front matter has no ${name}`);
}

function fileGaps(folder: string, { logoUrl }: Record<string, unknown>): string[] {
  const logo = /\/main\/(.+)$/.exec(String(logoUrl))?.[1] ?? "docs/logo.png";
  return ["LICENSE", logo].filter((path) => !existsSync(join(folder, path))).map((path) => `${path}: is not there`);
}

/** A page of npm shows what the tarball has, and nothing else of the repository. */
function linkGaps(readme: string, { files = [] }: { readonly files?: unknown }): string[] {
  const packed = ["LICENSE", "README.md", ...(files as string[])];
  const links = [...readme.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link = ""]) => link);
  const isThere = (link: string) => packed.some((path) => link === path || link.startsWith(`${path}/`));
  const missing = new Set(links.filter((link) => !/^https?:/.test(link) && !isThere(link)));
  return [...missing].map(
    (link) => `README.md: ${link} is not in the package: name it in "files", or link to the repository`,
  );
}

function parsed(json: string): Record<string, unknown> {
  return json === "" ? {} : JSON.parse(json);
}
