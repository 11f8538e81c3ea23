// Runs on any Node, so it is written for any Node: every npm script starts here.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `pulumi-cloudflare-kv needs Node.js 22.19 or newer, and this is ${process.versions.node}. ` +
      "Run it through npm (npm ci installs a fitting Node.js beside the project), or install a newer Node.js.",
  );
  process.exit(1);
}
