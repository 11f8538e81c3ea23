import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { writeDocumented } from "./documented";
import { testWithPackages } from "./host";
import { closeProject, installedSchema, installPackage, openExample, playThrough, root } from "./project";

testWithPackages("python")(
  "examples/python runs with the SDK that Pulumi makes, and so do the documented examples",
  async () => {
    const project = await openExample("python", installPackage);
    try {
      await project.engine.run("package", "add", installedSchema);
      await playThrough(project);
      writeDocumented("python", join(project.dir, "documented"), "__main__.py");
      runDocumented(project.dir);
    } finally {
      await closeProject(project);
    }
  },
  600_000,
);

/** Against mocks, which tell names and arguments that there are not. */
function runDocumented(dir: string): void {
  cpSync(join(root, "tests", "languages", "documented.py"), join(dir, "documented.py"));
  execFileSync(join(dir, "venv", "bin", "python"), ["documented.py"], { cwd: dir, stdio: "pipe" });
}
