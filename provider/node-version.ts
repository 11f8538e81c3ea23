/** Why this Node.js cannot run the provider; undefined when it can. Loads on any Node.js. */
export function nodeProblem(version: string = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return undefined;
  return (
    `pulumi-cloudflare-kv needs Node.js 22.19 or newer, and this is ${version}: ` +
    "install a newer Node.js, or put one first on PATH"
  );
}
