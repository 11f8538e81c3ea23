import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { create } from "tar";
import { publication } from "../../provider/codegen/publication";
import { version } from "../../provider/version";
import { succeeded } from "../../tools/stack/stack";
import { archivesIn, Packages, unpacked } from "../package/standalone";
import { type Language, testWith, testWithPackages } from "./host";
import {
  cloneProject,
  closeProject,
  edit,
  openExample,
  type Project,
  playThrough,
  root,
  withGeneratedSdk,
  withoutPackages,
} from "./project";
import { programsWithoutNode, Release, reaching } from "./release";

const patienceMs = 600_000;
const executable = "pulumi-resource-cloudflare-kv";
const packages = new Packages();
let release: Release;
let programs: string;

beforeAll(async () => {
  release = await Release.start(packages.make("release"));
  programs = programsWithoutNode();
}, patienceMs);

afterAll(() => {
  release.close();
  packages.close();
  rmSync(programs, { recursive: true });
});

/** A machine without Node.js, which reaches the release in place of GitHub. */
const machine = () => ({ PATH: programs, ...reaching(release) });

describe("on a machine without Node.js, Pulumi brings the plugin for", () => {
  testWith("yaml")("a project in YAML", () => play("yaml"), patienceMs);
  testWithPackages("python")("a project in Python", () => play("python"), patienceMs);
  testWithPackages("go")("a project in Go", () => play("go"), patienceMs);

  /** By package add, and by install in a fresh clone. */
  function play(language: Language): Promise<void> {
    return playing(async (open, clone) => {
      const project = await open(language, machine());
      await install(project);
      const cloned = await clone(project, language, machine());
      await cloned.engine.run("install");
      await playThrough(cloned);
    });
  }
});

const install = (project: Project) =>
  project.engine.run("package", "add", `cloudflare-kv@${version}`, "--server", publication.pluginDownloadURL);

testWith("yaml")(
  "pulumi plugin install brings it from any server",
  () =>
    playing(async (open) => {
      const project = await open("yaml", { PATH: programs });
      await project.engine.run("plugin", "install", "resource", "cloudflare-kv", version, "--server", release.url);
      await playThrough(project);
    }),
  patienceMs,
);

describe("a project in TypeScript with the plugin's SDK", () => {
  const withoutProgramsPath = () => ({ ...machine(), PATH: `${process.env.PATH}` });

  testWithPackages("nodejs")(
    "takes it before npm ci has run, and in a fresh clone after",
    () =>
      playing(async (open, clone) => {
        const project = await open("typescript", withoutProgramsPath(), withGeneratedSdk);
        await install(project);
        const cloned = await clone(project, "typescript", withoutProgramsPath());
        execFileSync("npm", ["ci"], { cwd: cloned.dir, stdio: "pipe" });
        await cloned.engine.run("install");
        await playThrough(cloned);
      }),
    patienceMs,
  );

  testWithPackages("nodejs")(
    "takes it after npm ci, and needs no pulumi install then",
    () =>
      playing(async (open) => {
        const project = await open("typescript", withoutProgramsPath(), withGeneratedSdk);
        execFileSync("npm", ["install"], { cwd: project.dir, stdio: "pipe" });
        execFileSync("npm", ["ci"], { cwd: project.dir, stdio: "pipe" });
        await install(project);
        rmSync(join(project.dir, "home", "plugins"), { recursive: true });
        await playThrough(project);
      }),
    patienceMs,
  );
});

describe("with a newer version in the same release", () => {
  const newer = "0.99.0";
  let next: string;

  beforeAll(() => {
    next = copyOf(newer);
    packages.make("next", [], next);
    const [archive = ""] = archivesIn(join(packages.folder, "next"));
    cpSync(join(packages.folder, "next", archive), join(release.folder, archive));
  }, patienceMs);

  afterAll(() => rmSync(next, { recursive: true }));

  testWith("yaml")(
    "an upgrade changes nothing, and another project keeps the version that it names",
    () =>
      playing(async (open) => {
        const project = await open("yaml", machine());
        await install(project);
        succeeded(await project.engine.up());
        expect(versionsIn(project)).toEqual([version]);
        edit(join(project.dir, "Pulumi.yaml"), (text) => text.replace(`version: ${version}`, `version: ${newer}`));
        await project.engine.run("install");
        expect(succeeded(await project.engine.preview()).steps).toEqual([]);
        expect(succeeded(await project.engine.up()).steps).toEqual([]);
        expect(versionsIn(project)).toEqual([newer]);
        // Both versions are installed by now.
        const home = { ...machine(), PULUMI_HOME: join(project.dir, "home") };
        const other = await open("yaml", home);
        await install(other);
        succeeded(await other.engine.up());
        expect(versionsIn(other)).toEqual([version]);
        succeeded(await project.engine.destroy());
      }),
    patienceMs,
  );

  /** This repository as it would be built for another version. */
  function copyOf(other: string): string {
    const copy = mkdtempSync(join(tmpdir(), "cloudflare-kv-next-"));
    for (const name of ["dist/provider", "dist/tools", "provider/schema.json", "LICENSE", "package.json", executable]) {
      cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    for (const name of ["package.json", "provider/schema.json"]) {
      edit(join(copy, name), (text) => text.replace(`"version": "${version}"`, `"version": "${other}"`));
    }
    return copy;
  }
});

describe("what Pulumi says of a plugin that it cannot bring or start stands in docs/troubleshooting.md", () => {
  /** As it is told there, and what makes it so of a folder with a good archive, and of a good program. */
  const cases: [string, { file?: (path: string) => void; program?: (path: string) => void }][] = [
    ["404 HTTP error fetching plugin", { file: (path) => rmSync(path) }],
    ["unexpected EOF", { file: (path) => truncateSync(path, 20_000_000) }],
    ["to have an executable named", { program: (path) => chmodSync(path, 0o644) }],
    ["exec format error", { program: (path) => overwrite(path, 18, "\u00b7") }],
    ["version `GLIBC_", { program: (path) => replaceIn(path, "GLIBC_2.28", "GLIBC_2.98") }],
    ["plugin not found", { program: (path) => replaceIn(path, "ld-linux-x86-64", "ld-linux-no-such") }],
  ];
  const documented = readFileSync(join(root, "docs", "troubleshooting.md"), "utf8");

  const testHere = process.platform === "linux" && process.arch === "x64" ? testWith("yaml") : test.skip;
  for (const [message, { file, program }] of cases) {
    testHere(
      message,
      () =>
        playing(async (open) => {
          const folder = mkdtempSync(join(packages.folder, "spoilt-"));
          const [name = ""] = archivesIn(release.folder);
          cpSync(join(release.folder, name), join(folder, name));
          const unpackedAt = await unpacked(folder);
          program?.(unpackedAt);
          if (program) await create({ file: join(folder, name), cwd: dirname(unpackedAt), gzip: { level: 1 } }, ["."]);
          file?.(join(folder, name));
          const spoilt = await Release.start(folder);
          const project = await open("yaml", { PATH: programs });
          const added = project.engine.run("package", "add", `cloudflare-kv@${version}`, "--server", spoilt.url);
          await expect(added.finally(() => spoilt.close())).rejects.toThrow(message);
          expect(documented.includes(message)).toBe(true);
        }),
      patienceMs,
    );
  }

  function replaceIn(path: string, before: string, after: string): void {
    const at = readFileSync(path).indexOf(before);
    expect(at).toBeGreaterThan(0);
    overwrite(path, at, after.slice(0, before.length));
  }

  function overwrite(path: string, at: number, text: string): void {
    const file = openSync(path, "r+");
    writeSync(file, Buffer.from(text, "latin1"), 0, text.length, at);
    closeSync(file);
  }
});

/** Which versions of the plugin the state names. */
function versionsIn({ engine }: Project): unknown[] {
  const providers = engine.resources().filter(({ type }) => type === "pulumi:providers:cloudflare-kv");
  return providers.map(({ inputs }) => (inputs as { version?: unknown }).version);
}

type Open = (name: Language | "typescript", env: Env, prepare?: (dir: string) => void) => Promise<Project>;
type Clone = (of: Project, name: Language | "typescript", env: Env) => Promise<Project>;
type Env = Readonly<Record<string, string>>;

/** Closes what it opens. */
async function playing(play: (open: Open, clone: Clone) => Promise<void>): Promise<void> {
  const opened: Project[] = [];
  const keep = async (opening: Promise<Project>) => {
    const project = await opening;
    opened.push(project);
    return project;
  };
  try {
    await play(
      (name, env, prepare = withoutPackages) => keep(openExample(name, prepare, env)),
      (of, name, env) => keep(cloneProject(of, name, env)),
    );
  } finally {
    for (const project of opened) await closeProject(project);
  }
}
