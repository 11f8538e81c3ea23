import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { writeDocumented } from "./documented";
import { testWithPackages } from "./host";
import { closeProject, installedSchema, installPackage, openExample, playThrough } from "./project";

testWithPackages("go")(
  "examples/go runs with the SDK that Pulumi makes, and the documented examples compile with it",
  async () => {
    const project = await openExample("go", installPackage);
    try {
      writeDocumented("go", join(project.dir, "documented"), "main.go");
      await project.engine.run("package", "add", installedSchema);
      await playThrough(project);
      // As the engine builds it, so that what is compiled already serves here too.
      execFileSync("go", ["vet", "-trimpath", "./documented/..."], { cwd: project.dir, stdio: "pipe" });
    } finally {
      await closeProject(project);
    }
  },
  600_000,
);
