import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { publication } from "../../provider/codegen/publication";
import { Packages } from "../package/standalone";
import { documented } from "./documented";
import { testWithPackages } from "./host";
import { closeProject, edit, openExample, playThrough, root, withGeneratedSdk, withoutPackages } from "./project";
import { programsWithoutNode, Release, reaching } from "./release";

const patienceMs = 600_000;
const archives = new Packages();
const built = join(root, "build", "sdks");
let release: Release;
let programs: string;

beforeAll(async () => {
  release = await Release.start(archives.make("release"));
  programs = programsWithoutNode();
}, patienceMs);

afterAll(() => {
  release.close();
  archives.close();
  rmSync(programs, { recursive: true });
});

/** What `npm run package:sdks` makes, and where. */
function make(sdk: string, pattern: string): string {
  execFileSync(process.execPath, [join(root, "dist", "tools", "package", "sdks.js"), sdk], {
    cwd: root,
    stdio: "pipe",
  });
  const [found = ""] = globSync(pattern, { cwd: built });
  return join(built, found);
}

/** Nobody has added the plugin: the package says where it is. */
async function play(name: string, prepare: (dir: string) => void, env: Readonly<Record<string, string>>) {
  const prepared = (dir: string) => {
    withoutPackages(dir);
    prepare(dir);
  };
  const project = await openExample(name, prepared, { ...reaching(release), ...env });
  try {
    await project.engine.run("install");
    await playThrough(project);
  } finally {
    await closeProject(project);
  }
}

describe("a project that takes its SDK from a registry needs nothing else:", () => {
  testWithPackages("nodejs")(
    "TypeScript, with the package of npm",
    async () => {
      const tarball = make("nodejs", "packages/pulumi-cloudflare-kv-cloudflare-kv-*.tgz");
      const prepare = (dir: string) => {
        withGeneratedSdk(dir);
        cpSync(tarball, join(dir, basename(tarball)));
        edit(join(dir, "package.json"), (text) =>
          text.replace('"dependencies": {', `$& "${publication.packages.nodejs}": "file:${basename(tarball)}",`),
        );
      };
      await play("typescript", prepare, { PATH: `${process.env.PATH}` });
    },
    patienceMs,
  );

  testWithPackages("python")(
    "Python, with the wheel in a fresh virtual environment, without Node.js",
    async () => {
      const wheel = make("python", "packages/*.whl");
      const prepare = (dir: string) => {
        cpSync(wheel, join(dir, basename(wheel)));
        edit(join(dir, "requirements.txt"), (text) => `${text}./${basename(wheel)}\n`);
      };
      await play("python", prepare, { PATH: programs });
    },
    patienceMs,
  );

  testWithPackages("go")(
    "Go, with the module, without Node.js",
    async () => {
      const module = make("go", "go/cloudflarekv");
      const { go } = publication.packages;
      const prepare = (dir: string) => {
        const run = (...args: string[]) => execFileSync("go", args, { cwd: dir, stdio: "pipe" });
        run("mod", "edit", `-require=${go}@v0.0.0`, `-replace=${go}=${module}`);
        run("mod", "tidy");
      };
      await play("go", prepare, { PATH: programs });
    },
    patienceMs,
  );
});

testWithPackages("java")(
  "the jar compiles, and so do the example and the documented examples with it",
  () => {
    const jar = make("java", "packages/cloudflare-kv-*[0-9].jar");
    const work = join(archives.folder, "java");
    const classPath = join(archives.folder, "classpath.txt");
    const maven = ["--batch-mode", "--quiet", "dependency:build-classpath", `-Dmdep.outputFile=${classPath}`];
    execFileSync("mvn", maven, { cwd: join(built, "java"), stdio: "pipe" });
    const example = readFileSync(join(root, "examples", "java", "src", "main", "java", "app", "App.java"), "utf8");
    const programs = [["example", example] as const, ...documented("java")];
    expect(programs.length).toBeGreaterThan(5);
    for (const [name, text] of programs) {
      const source = join(archives.folder, `${name}.d`, "App.java");
      mkdirSync(dirname(source));
      writeFileSync(source, text);
      const args = ["-d", join(work, name), "-cp", `${readFileSync(classPath, "utf8")}:${jar}`, source];
      execFileSync("javac", ["-proc:none", ...args], { stdio: "pipe" });
      expect(readdirSync(join(work, name), { recursive: true }).join()).toContain("App.class");
    }
  },
  patienceMs,
);
