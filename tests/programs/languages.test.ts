import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Language, testWith, testWithPackages } from "../languages/host";
import { edit, installedSchema, installPackage, pulumi } from "../languages/project";
import { installForNode, play } from "./play";
import { programsIn } from "./program";

const patienceMs = 600_000;

for (const program of programsIn("yaml")) {
  testWith("yaml")(`program/${program.name}/real`, () => play(program, "real", installForYaml), patienceMs);
}

describe.each(["python", "go"] as const)("%s", (language) => {
  let workshop: string | undefined;

  afterAll(() => {
    if (workshop) rmSync(workshop, { recursive: true, force: true });
  });

  for (const program of programsIn(language)) {
    const playIt = () => {
      workshop ??= prepared(language);
      return play(program, "real", installFrom(workshop));
    };
    testWithPackages(language)(`program/${program.name}/real`, playIt, patienceMs);
  }
});

/** A package of components that lies in the program's folder is a Node.js project of its own. */
function installForYaml(dir: string): void {
  installPackage(dir);
  const component = join(dir, "component");
  if (existsSync(component)) installForNode(component);
}

/** A project with the SDK of the language, which takes long to make and serves all programs. */
function prepared(language: Language): string {
  const dir = mkdtempSync(join(tmpdir(), `cloudflare-kv-workshop-${language}-`));
  const example = join(__dirname, "..", "..", "..", "examples", language);
  for (const name of ["Pulumi.yaml", "requirements.txt", "go.mod", ...programOf(language)]) {
    if (existsSync(join(example, name))) cpSync(join(example, name), join(dir, name));
  }
  edit(join(dir, "Pulumi.yaml"), (text) => text.replace(/^name: .*/, "name: project"));
  installPackage(dir);
  pulumi(dir, "package", "add", installedSchema);
  return dir;
}

function programOf(language: Language): string[] {
  return language === "go" ? ["main.go"] : [];
}

function installFrom(workshop: string): (dir: string) => void {
  return (dir) => {
    for (const name of ["Pulumi.yaml", "requirements.txt", "go.mod", "go.sum"]) {
      if (existsSync(join(workshop, name))) cpSync(join(workshop, name), join(dir, name));
    }
    for (const name of ["node_modules", "sdks", "venv"]) {
      if (existsSync(join(workshop, name))) symlinkSync(join(workshop, name), join(dir, name));
    }
  };
}
