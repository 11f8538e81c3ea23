import { rmSync } from "node:fs";
import { type Language, testWith, testWithPackages } from "./host";
import { closeProject, copyPackage, openExample, playThrough, withGeneratedSdk, withoutPackages } from "./project";

/** The package's folder is all that a project is told. */
describe("pulumi package add <folder of the package> in a fresh", () => {
  const patienceMs = 600_000;
  let folder: string;

  beforeAll(() => {
    folder = copyPackage();
  }, 120_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  testWith("yaml")("YAML project", () => play("yaml", withoutPackages), patienceMs);
  testWithPackages("nodejs")("TypeScript project", () => play("typescript", withGeneratedSdk), patienceMs);
  testWithPackages("python")("Python project", () => play("python", withoutPackages), patienceMs);
  testWithPackages("go")("Go project", () => play("go", withoutPackages), patienceMs);

  async function play(example: Language | "typescript", prepare: (dir: string) => void): Promise<void> {
    const project = await openExample(example, prepare);
    try {
      await project.engine.run("package", "add", folder);
      await playThrough(project);
    } finally {
      await closeProject(project);
    }
  }
});
