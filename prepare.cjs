// Runs on any Node. Builds a clone; the packed package is built already, and has nothing to build from.
const { execSync } = require("child_process");
const { existsSync } = require("fs");

if (existsSync("tests")) {
  // Pulumi installs a plugin without what its development needs: installing that comes here again.
  const canBuild = existsSync("node_modules/@types/jest");
  execSync(canBuild ? "npm run build" : "npm install --include=dev", { stdio: "inherit" });
}
